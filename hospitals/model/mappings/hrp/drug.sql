-- 药品：一个品规一行。抗菌药 DDD 缺的就是缺（列为未覆盖），不按 0 计。
SELECT 'bd_drug'                             AS source_table,
       d._key                                AS source_key,
       d.pk_inv                              AS drug,
       clean(d.name)                         AS name,
       clean(d.spec)                         AS spec,
       clean(d.unit_small)                   AS unit,
       cn_number(d.rate)                     AS pack,
       coalesce(clean(d.anti_level), '0') <> '0' AS antibacterial,
       CASE clean(d.anti_level) WHEN '1' THEN '非限制' WHEN '2' THEN '限制' WHEN '3' THEN '特殊'
            WHEN '0' THEN NULL ELSE clean(d.anti_level) END AS antibacterial_level,
       coalesce(upper(clean(d.systemic_flag)) IN ('1', 'Y', '是'), false) AS systemic,
       cn_number(d.ddds_per_unit)            AS ddd_per_unit,
       coalesce(upper(clean(d.base_flag)) IN ('1', 'Y', '是'), false) AS essential,
       coalesce(upper(clean(d.vbp_flag)) IN ('1', 'Y', '是'), false) AS volume_based,
       coalesce(upper(clean(d.key_flag)) IN ('1', 'Y', '是'), false) AS key_monitored,
       coalesce(upper(clean(d.tcm_flag)) IN ('1', 'Y', '是'), false) AS tcm_piece
FROM bd_drug d
