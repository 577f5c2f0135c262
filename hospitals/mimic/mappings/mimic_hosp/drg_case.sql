-- DRG 分组：一次住院在每种分组器（HCFA、APR）下一行；公开数据没有权重，CMI 因此不可得，不补 0。
SELECT 'drgcodes'                            AS source_table,
       g._key                                AS source_key,
       'ZY-' || g.hadm_id                    AS stay_id,
       g.drg_type                            AS grouper,
       f.末科                                AS department,
       'BIDMC'                               AS campus,
       d.icd_code                            AS main_diagnosis,
       CAST(a.dischtime AS TIMESTAMP)        AS discharged_at,
       '入组'                                AS status,
       g.drg_code                            AS drg,
       g.drg_mortality                       AS risk
FROM drgcodes g
LEFT JOIN admissions a ON a.hadm_id = g.hadm_id
LEFT JOIN diagnoses_icd d ON d.hadm_id = g.hadm_id AND d.seq_num = '1'
LEFT JOIN (SELECT hadm_id, arg_max(curr_service, transfertime) AS 末科 FROM services GROUP BY hadm_id) f ON f.hadm_id = g.hadm_id
