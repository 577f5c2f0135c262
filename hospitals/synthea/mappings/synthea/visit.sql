-- 门急诊就诊：住院以外的 encounter 一行；时间由 UTC 换成美东。
WITH 就诊 AS (
  SELECT e.*, CAST(e.START AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS 起, CAST(e.STOP AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS 止
  FROM encounters e WHERE e.ENCOUNTERCLASS <> 'inpatient'
)
SELECT 'encounters'                          AS source_table,
       e._key                                AS source_key,
       'MZ-' || e.Id                         AS visit_id,
       'synthea'                             AS patient_source,
       e.PATIENT                             AS patient_local_id,
       e.ENCOUNTERCLASS                      AS visit_class,
       CAST(e.起 AS DATE)                    AS visit_date,
       p.SPECIALITY                          AS department,
       'MA'                                  AS campus,
       y.NAME                                AS insurance_type,
       e.起                                  AS registered_at,
       e.起                                  AS started_at,
       e.止                                  AS ended_at,
       '已就诊'                              AS status,
       age_at(TRY_CAST(b.BIRTHDATE AS DATE), CAST(e.起 AS DATE)) AS age_years,
       CASE b.GENDER WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender
FROM 就诊 e
LEFT JOIN patients b ON b.Id = e.PATIENT
LEFT JOIN providers p ON p.Id = e.PROVIDER
LEFT JOIN payers y ON y.Id = e.PAYER
