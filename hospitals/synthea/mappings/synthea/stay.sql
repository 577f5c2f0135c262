-- 住院：ENCOUNTERCLASS = inpatient 的 encounter 一行；没有病区与床位。
WITH 住院 AS (
  SELECT e.*, CAST(e.START AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS 起, CAST(e.STOP AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS 止
  FROM encounters e WHERE e.ENCOUNTERCLASS = 'inpatient'
)
SELECT 'encounters'                          AS source_table,
       e._key                                AS source_key,
       'ZY-' || e.Id                         AS stay_id,
       'synthea'                             AS patient_source,
       e.PATIENT                             AS patient_local_id,
       e.起                                  AS admitted_at,
       e.止                                  AS discharged_at,
       p.SPECIALITY                          AS admit_department,
       p.SPECIALITY                          AS department,
       'MA'                                  AS campus,
       y.NAME                                AS insurance_type,
       e.DESCRIPTION                         AS admit_type,
       CASE WHEN e.止 IS NULL THEN '在院' ELSE '出院' END AS status,
       greatest(1, date_diff('day', CAST(e.起 AS DATE), CAST(e.止 AS DATE))) AS length_of_stay,
       age_at(TRY_CAST(b.BIRTHDATE AS DATE), CAST(e.起 AS DATE)) AS age_years,
       CASE b.GENDER WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       false                                 AS newborn
FROM 住院 e
LEFT JOIN patients b ON b.Id = e.PATIENT
LEFT JOIN providers p ON p.Id = e.PROVIDER
LEFT JOIN payers y ON y.Id = e.PAYER
