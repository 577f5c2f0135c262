-- 住院发药（RDS）：退药数量为负；抗菌与 DDD 由药品目录算；金额由夜间装载说。
SELECT 'zy_given'                            AS source_table,
       g._key                                AS source_key,
       'FY-' || g.number                     AS dispense_id,
       'ZY-' || CASE WHEN length(g.stay) > 9 THEN left(g.stay, length(g.stay) - 2) ELSE g.stay END AS stay_id,
       'his_zy'                              AS patient_source,
       g.patient                             AS patient_local_id,
       g.department                          AS department,
       g.ward                                AS ward,
       g.doctor                              AS doctor,
       g.drug                                AS drug,
       coalesce(g.name, clean(y.YPMC))       AS drug_name,
       TRY_CAST(g.quantity AS DECIMAL(18,4)) AS quantity,
       CASE WHEN y.KJYW > 0 AND y.QSYY = 1 THEN CAST(TRY_CAST(g.quantity AS DECIMAL(18,4)) * y.DDDS AS DECIMAL(18,4)) END AS ddds,
       y.KJYW > 0 AND y.QSYY = 1             AS antibacterial,
       TRY_CAST(g.at AS TIMESTAMP)           AS dispensed_at,
       TRY_CAST(g.said AS TIMESTAMP)         AS recorded_at
FROM zy_given g
LEFT JOIN YK_TYPK y ON CAST(y.YPXH AS VARCHAR) = g.drug
