package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.Transaction;
import ca.uhn.fhir.rest.annotation.TransactionParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.util.UrlUtil;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/** Transactions that create, conditionally or not (FHIR R4, 3.1.0.11.2); HAPI leaves them to its server for databases. */
public final class TransactionProvider {
  private final FhirContext context;
  private final Stores stores;

  TransactionProvider(FhirContext context, Stores stores) {
    this.context = context;
    this.stores = stores;
  }

  @Transaction
  public synchronized Bundle transaction(@TransactionParam Bundle request, RequestDetails details) {
    if (request.getType() != BundleType.TRANSACTION) throw new InvalidRequestException("It is no transaction.");
    Map<String, IdType> known = new HashMap<>();
    Map<String, IdType> fresh = new HashMap<>();
    for (BundleEntryComponent entry : request.getEntry()) {
      IdType found = alreadyThere(entry);
      if (found != null) known.put(entry.getFullUrl(), found);
      else fresh.put(entry.getFullUrl(), newId(entry.getResource().fhirType()));
    }
    for (BundleEntryComponent entry : request.getEntry()) {
      for (Reference reference : referencesOf(entry.getResource())) {
        IdType id = known.getOrDefault(reference.getReference(), fresh.get(reference.getReference()));
        if (id != null) reference.setReference(id.getValue());
      }
    }
    // Before anything is stored: all of it or nothing.
    for (BundleEntryComponent entry : request.getEntry()) {
      if (fresh.containsKey(entry.getFullUrl())) stores.checkReferences(entry.getResource(), fresh.values());
    }

    Bundle answer = new Bundle().setType(BundleType.TRANSACTIONRESPONSE);
    for (BundleEntryComponent entry : request.getEntry()) {
      IdType id = known.get(entry.getFullUrl());
      String status = id == null ? "201 Created" : "200 OK";
      if (id == null) id = store(entry.getResource(), fresh.get(entry.getFullUrl()), details);
      answer.addEntry().getResponse().setStatus(status).setLocation(id.toUnqualified().getValue());
    }
    return answer;
  }

  private List<Reference> referencesOf(Resource resource) {
    return context.newTerser().getAllPopulatedChildElementsOfType(resource, Reference.class);
  }

  private IdType alreadyThere(BundleEntryComponent entry) {
    String type = entry.getResource().fhirType();
    if (entry.getRequest().getMethod() != HTTPVerb.POST || !type.equals(entry.getRequest().getUrl())) {
      throw new InvalidRequestException("Only POST to the type of the resource is carried out.");
    }
    if (!entry.getRequest().hasIfNoneExist()) return null;
    List<? extends Resource> found = stores.of(type).find(UrlUtil.parseQueryString(entry.getRequest().getIfNoneExist()));
    if (found.size() > 1) throw new PreconditionFailedException("The condition is met by several " + type + ".");
    return found.isEmpty() ? null : new IdType(found.get(0).getIdElement().toUnqualifiedVersionless().getValue());
  }

  private static IdType newId(String type) {
    return new IdType(type, UUID.randomUUID().toString());
  }

  private <T extends Resource> IdType store(T resource, IdType id, RequestDetails details) {
    resource.setId(id);
    return new IdType(stores.of(resource).update(resource, null, details).getId().getValue());
  }
}
