package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.fhirpath.IFhirPath;
import ca.uhn.fhir.fhirpath.IFhirPathEvaluationContext;
import ca.uhn.fhir.rest.api.QualifiedParamList;
import ca.uhn.fhir.rest.api.RestSearchParameterTypeEnum;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/** Search parameters of tokens and references, where FHIR says they are found and written as HAPI reads them. */
final class SearchQuery {
  private final List<Predicate<Resource>> conditions = new ArrayList<>();
  private final FhirContext context;
  private final IFhirPath paths;

  SearchQuery(FhirContext context, String type, Map<String, String[]> parameters) {
    this.context = context;
    paths = context.newFhirPath();
    paths.setEvaluationContext(new TypesOfReferences());
    parameters.forEach(
        (name, values) -> {
          // The order is no condition.
          if (name.equals("_sort")) return;
          RuntimeSearchParam parameter = context.getResourceDefinition(type).getSearchParam(name);
          if (parameter == null) throw new InvalidRequestException(type + " is not searched by " + name + ".");
          for (String value : values) conditions.add(condition(parameter, value));
        });
  }

  boolean matches(Resource resource) {
    return conditions.stream().allMatch(condition -> condition.test(resource));
  }

  private Predicate<Resource> condition(RuntimeSearchParam parameter, String text) {
    List<String> alternatives = QualifiedParamList.splitQueryStringByCommasIgnoreEscape(null, text);
    Predicate<IBase> isMeant =
        parameter.getParamType() == RestSearchParameterTypeEnum.REFERENCE
            ? found -> alternatives.stream().anyMatch(wanted -> isReference(found, wanted))
            : found -> alternatives.stream().anyMatch(wanted -> isToken(found, token(parameter, wanted)));
    return resource -> paths.evaluate(resource, parameter.getPath(), IBase.class).stream().anyMatch(isMeant);
  }

  private TokenParam token(RuntimeSearchParam parameter, String text) {
    if (parameter.getParamType() != RestSearchParameterTypeEnum.TOKEN) {
      throw new InvalidRequestException("This server does not search by " + parameter.getName() + ".");
    }
    TokenParam token = new TokenParam();
    token.setValueAsQueryToken(context, parameter.getName(), null, text);
    return token;
  }

  private static boolean isToken(IBase found, TokenParam wanted) {
    if (found instanceof Identifier one) return isPair(one.getSystem(), one.getValue(), wanted);
    if (found instanceof Coding one) return isPair(one.getSystem(), one.getCode(), wanted);
    return found instanceof CodeableConcept concept
        && concept.getCoding().stream().anyMatch(one -> isPair(one.getSystem(), one.getCode(), wanted));
  }

  private static boolean isPair(String system, String value, TokenParam wanted) {
    boolean isSystem = wanted.getSystem() == null || wanted.getSystem().equals(Objects.requireNonNullElse(system, ""));
    return isSystem && wanted.getValueNotNull().equals(value);
  }

  /** With or without the type; the version of what is referred to does not matter. */
  private static boolean isReference(IBase found, String wanted) {
    if (!(found instanceof Reference reference) || !reference.hasReference()) return false;
    IIdType id = new IdType(reference.getReference());
    return id.toUnqualifiedVersionless().getValue().equals(wanted) || wanted.equals(id.getIdPart());
  }

  /** Paths ask for the type of what a reference leads to, which the reference itself says. */
  private final class TypesOfReferences implements IFhirPathEvaluationContext {
    @Override
    public IBase resolveReference(IIdType reference, IBase inside) {
      String type = reference.getResourceType();
      return type == null ? null : context.getResourceDefinition(type).newInstance();
    }
  }
}
