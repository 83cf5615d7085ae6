/** The rule base of vital signs in the Fuzzy Markup Language. */
export const FML = `<?xml version="1.0" encoding="UTF-8"?>
<fuzzySystem xmlns="http://www.ieee1855.org" name="vitals">
  <knowledgeBase>
    <fuzzyVariable name="lactate" scale="mmol/l" domainleft="0" domainright="10" type="input">
      <fuzzyTerm name="lactate_normal"><leftLinearShape param1="1" param2="2"/></fuzzyTerm>
      <fuzzyTerm name="lactate_raised"><rightLinearShape param1="1" param2="4"/></fuzzyTerm>
    </fuzzyVariable>
    <fuzzyVariable name="map" domainleft="30" domainright="140">
      <fuzzyTerm name="low"><leftLinearShape param1="60" param2="75"/></fuzzyTerm>
    </fuzzyVariable>
    <fuzzyVariable name="risk" domainleft="0" domainright="100" type="output" defaultValue="7">
      <fuzzyTerm name="risk_small"><triangularShape param1="0" param2="20" param3="40"/></fuzzyTerm>
      <fuzzyTerm name="risk_large"><triangularShape param1="60" param2="80" param3="100"/></fuzzyTerm>
    </fuzzyVariable>
  </knowledgeBase>
  <mamdaniRuleBase name="main" activationMethod="MIN" andMethod="MIN" orMethod="MAX">
    <rule name="calm">
      <antecedent>
        <clause><variable>lactate</variable><term>lactate_normal</term></clause>
        <clause modifier="not"><variable>map</variable><term>low</term></clause>
      </antecedent>
      <consequent><then><clause><variable>risk</variable><term>risk_small</term></clause></then></consequent>
    </rule>
    <rule name="rule_2" connector="or" weight="0.5">
      <antecedent>
        <clause><variable>lactate</variable><term>lactate_raised</term></clause>
        <clause><variable>map</variable><term>low</term></clause>
      </antecedent>
      <consequent><then><clause><variable>risk</variable><term>risk_large</term></clause></then></consequent>
    </rule>
  </mamdaniRuleBase>
</fuzzySystem>
`;

/** Takagi-Sugeno of order 1, and Tsukamoto. */
export const TSK_FML = `<fuzzySystem xmlns="http://www.ieee1855.org" name="values">
  <knowledgeBase>
    <fuzzyVariable name="x" domainleft="0" domainright="1" type="input">
      <fuzzyTerm name="up"><rightLinearShape param1="0" param2="1"/></fuzzyTerm>
    </fuzzyVariable>
    <fuzzyVariable name="z" domainleft="0" domainright="1" type="input">
      <fuzzyTerm name="any_z"><rectangularShape param1="0" param2="1"/></fuzzyTerm>
    </fuzzyVariable>
    <tskVariable name="y" type="output" combination="WA" defaultValue="NaN">
      <tskTerm name="flat" order="0"><tskValue>5</tskValue></tskTerm>
      <tskTerm name="slope" order="1"><tskValue>1</tskValue><tskValue>2</tskValue></tskTerm>
    </tskVariable>
    <tsukamotoVariable name="v" domainleft="0" domainright="1" type="output" defaultValue="-1">
      <tsukamotoTerm name="rise"><sShape param1="0" param2="1"/></tsukamotoTerm>
    </tsukamotoVariable>
  </knowledgeBase>
  <tskRuleBase name="planes">
    <tskRule name="r1">
      <antecedent><clause><variable>x</variable><term>up</term></clause></antecedent>
      <tskConsequent><tskThen><tskClause><variable>y</variable><term>slope</term></tskClause></tskThen></tskConsequent>
    </tskRule>
  </tskRuleBase>
  <tsukamotoRuleBase name="rises">
    <rule name="r2">
      <antecedent><clause><variable>x</variable><term>up</term></clause></antecedent>
      <consequent><then><clause><variable>v</variable><term>rise</term></clause></then></consequent>
    </rule>
  </tsukamotoRuleBase>
</fuzzySystem>
`;
