package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/** The store of each type. */
final class Stores {
  private final Map<String, Store<?>> byType = new LinkedHashMap<>();
  private final FhirContext context;

  Stores(FhirContext context, List<Class<? extends Resource>> types) {
    this.context = context;
    for (Class<? extends Resource> type : types) {
      byType.put(context.getResourceType(type), new Store<>(context, type, this));
    }
  }

  Collection<IResourceProvider> providers() {
    return List.copyOf(byType.values());
  }

  @SuppressWarnings("unchecked")
  <T extends Resource> Store<T> of(T resource) {
    return (Store<T>) of(resource.fhirType());
  }

  Store<?> of(String type) {
    Store<?> store = byType.get(type);
    if (store == null) throw new InvalidRequestException("This server keeps no " + type + ".");
    return store;
  }

  /**
   * Refuses what refers to nothing, as a server of a hospital does: neither to what is here nor to what comes with it.
   * References to types that are not kept here may stand.
   */
  void checkReferences(Resource resource, Collection<IdType> coming) {
    for (Reference reference : context.newTerser().getAllPopulatedChildElementsOfType(resource, Reference.class)) {
      if (!reference.hasReference()) continue;
      IdType id = new IdType(reference.getReference());
      Store<?> store = byType.get(id.getResourceType());
      boolean isMissing = store == null ? reference.getReference().startsWith("urn:") : !store.has(id);
      if (isMissing && !coming.contains(id)) throw new InvalidRequestException("There is no " + reference.getReference() + " here.");
    }
  }
}
