package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.Create;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.annotation.Validate;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.server.IBundleProvider;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.SimpleBundleProvider;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Resource;

/** HAPI's store in memory for one type, with a search by parameters. */
public final class Store<T extends Resource> extends HashMapResourceProvider<T> {
  private final Stores stores;

  Store(FhirContext context, Class<T> type, Stores stores) {
    super(context, type);
    this.stores = stores;
  }

  @Override
  @Create
  public synchronized MethodOutcome create(@ResourceParam T resource, RequestDetails request) {
    stores.checkReferences(resource, List.of());
    return super.create(resource, request);
  }

  @Override
  @Search(allowUnknownParams = true)
  public IBundleProvider searchAll(RequestDetails request) {
    return new SimpleBundleProvider(find(request.getParameters()));
  }

  /** What is wrong with a resource was found before this is reached, and is put into the answer after it. */
  @Validate
  public MethodOutcome validate(@ResourceParam IBaseResource resource) {
    MethodOutcome outcome = new MethodOutcome();
    outcome.setOperationOutcome(new OperationOutcome());
    return outcome;
  }

  synchronized List<T> find(Map<String, String[]> parameters) {
    SearchQuery query = new SearchQuery(getFhirContext(), getResourceName(), parameters);
    return getStoredResources().stream().filter(query::matches).toList();
  }

  synchronized boolean has(IIdType id) {
    return myIdToVersionToResourceMap.containsKey(id.getIdPart());
  }

  private String getResourceName() {
    return getFhirContext().getResourceType(getResourceType());
  }
}
