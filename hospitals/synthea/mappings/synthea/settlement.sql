-- 结算：一张账单一行，总额取明细里的收费合计；付款方式（现金、支票、电子支票……）说明不了由谁支付，所以不分医保与自付。
SELECT 'claims'                              AS source_table,
       c._key                                AS source_key,
       c.Id                                  AS settlement_id,
       CASE WHEN e.ENCOUNTERCLASS <> 'inpatient' THEN 'MZ-' || c.APPOINTMENTID END AS visit_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || c.APPOINTMENTID END AS stay_id,
       'synthea'                             AS patient_source,
       c.PATIENTID                           AS patient_local_id,
       m.总额                                AS total,
       false                                 AS red,
       CAST(c.LASTBILLEDDATE1 AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS settled_at
FROM claims c
LEFT JOIN (SELECT CLAIMID, sum(TRY_CAST(AMOUNT AS DECIMAL(18,2))) AS 总额
           FROM claims_transactions WHERE TYPE = 'CHARGE' GROUP BY CLAIMID) m ON m.CLAIMID = c.Id
LEFT JOIN encounters e ON e.Id = c.APPOINTMENTID
