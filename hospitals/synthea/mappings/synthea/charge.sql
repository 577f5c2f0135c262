-- 收费明细：账单明细里 TYPE = CHARGE 的行（美元）；付款与转账行并入账单，不是收入。
SELECT 'claims_transactions'                 AS source_table,
       t._key                                AS source_key,
       t.ID                                  AS charge_id,
       CASE WHEN e.ENCOUNTERCLASS <> 'inpatient' THEN 'MZ-' || t.APPOINTMENTID END AS visit_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || t.APPOINTMENTID END AS stay_id,
       'synthea'                             AS patient_source,
       t.PATIENTID                           AS patient_local_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN '住院' WHEN e.ENCOUNTERCLASS = 'wellness' THEN '体检' ELSE '门急诊' END AS patient_class,
       t.PROCEDURECODE                       AS item_code,
       t.NOTES                               AS item_name,
       p.SPECIALITY                          AS department,
       p.SPECIALITY                          AS visit_department,
       'MA'                                  AS campus,
       y.NAME                                AS insurance_type,
       CASE b.GENDER WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       TRY_CAST(t.UNITS AS DECIMAL(18,4))    AS quantity,
       TRY_CAST(t.AMOUNT AS DECIMAL(18,2))   AS amount,
       CAST(t.FROMDATE AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS charged_at,
       false                                 AS refund
FROM claims_transactions t
LEFT JOIN encounters e ON e.Id = t.APPOINTMENTID
LEFT JOIN providers p ON p.Id = e.PROVIDER
LEFT JOIN patients b ON b.Id = t.PATIENTID
LEFT JOIN payers y ON y.Id = e.PAYER
WHERE t.TYPE = 'CHARGE'
