package interop;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.AuditEvent;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.RiskAssessment;

/**
 * HAPI's server for FHIR R4 on a free port of loopback, with resources in memory, which takes nothing that HAPI's
 * validator finds an error in. Prints its base URL, and ends when its standard input does.
 */
public final class FhirServer {
  private static final String OBSERVATION_VALUE = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

  private static final List<Class<? extends Resource>> TYPES =
      List.of(
          AuditEvent.class,
          Device.class,
          DocumentReference.class,
          Observation.class,
          Patient.class,
          Provenance.class,
          RiskAssessment.class);

  private FhirServer() {}

  public static void main(String[] args) throws Exception {
    FhirContext context = FhirContext.forR4();
    // Elements that FHIR does not have are an error, where HAPI would overlook them otherwise.
    context.setParserErrorHandler(new StrictErrorHandler());
    // Else HAPI cuts off the version of all that a resource refers to.
    context.getParserOptions().setStripVersionsFromReferences(false);
    FhirInstanceValidator validator = validator(context);

    RestfulServer fhir = new RestfulServer(context);
    Stores stores = new Stores(context, TYPES);
    fhir.setResourceProviders(stores.providers());
    fhir.registerProvider(new TransactionProvider(context, stores));
    RequestValidatingInterceptor judge = new RequestValidatingInterceptor();
    judge.addValidatorModule(validator);
    judge.setFailOnSeverity(ResultSeverityEnum.ERROR);
    judge.setAddValidationResultsToResponseOperationOutcome(true);
    fhir.registerInterceptor(judge);

    Server http = new Server();
    ServerConnector connector = new ServerConnector(http);
    connector.setHost("127.0.0.1");
    http.addConnector(connector);
    ServletContextHandler servlets = new ServletContextHandler();
    servlets.addServlet(new ServletHolder(fhir), "/fhir/*");
    http.setHandler(servlets);
    http.start();
    System.out.println("http://127.0.0.1:" + connector.getLocalPort() + "/fhir");

    // Whoever started it may have been ended without a chance to end it.
    while (System.in.read() >= 0) {}
    http.stop();
    System.exit(0);
  }

  /** With all that HAPI brings along; what would have to be asked of a terminology server is a warning. */
  private static FhirInstanceValidator validator(FhirContext context) {
    DefaultProfileValidationSupport ofR4 = new DefaultProfileValidationSupport(context);
    ValidationSupportChain support =
        new ValidationSupportChain(
            labelOfToday(context, ofR4),
            ofR4,
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context));
    return new FhirInstanceValidator(support);
  }

  /**
   * FHIR R4 came with HL7's code systems of 2018. The label of what software asserts has been added since, so that
   * HAPI takes it for a wrong code; a server with the package hl7.terminology of today knows it.
   */
  private static PrePopulatedValidationSupport labelOfToday(FhirContext context, DefaultProfileValidationSupport ofR4) {
    CodeSystem values = ((CodeSystem) ofR4.fetchCodeSystem(OBSERVATION_VALUE)).copy();
    values.addConcept().setCode("AIAST").setDisplay("Artificial Intelligence asserted");
    PrePopulatedValidationSupport support = new PrePopulatedValidationSupport(context);
    support.addCodeSystem(values);
    return support;
  }
}
