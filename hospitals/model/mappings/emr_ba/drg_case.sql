-- DRG 分组：分组器与版本是维度，不同版本的权重不能混算；歧义组（QY）与未入组（0000）保留但不计 CMI。
SELECT 'EMR_DRG'                             AS source_table,
       d._key                                AS source_key,
       coalesce('ZY-' || nullif(d.ZYH, 0), 'BA-' || d.BAH || '-' || d.ZYCS) AS stay_id,
       concat_ws(' ', clean(d.GROUPER), clean(d.VERSION)) AS grouper,
       clean(d.CYKB)                         AS department,
       clean(d.CYBF)                         AS ward,
       clean(d.ZZYSGH)                       AS doctor,
       clean(d.YQ)                           AS campus,
       clean(d.YLFKFS)                       AS insurance_type,
       clean(d.JBDM)                         AS main_diagnosis,
       cn_time(d.CYSJ)                       AS discharged_at,
       clean(d.STATUS)                       AS status,
       clean(d.MDC)                          AS mdc,
       clean(d.DRG)                          AS drg,
       CAST(d.RW AS DECIMAL(18,4))           AS weight,
       clean(d.RISK)                         AS risk,
       cn_time(d.FZSJ)                       AS grouped_at
FROM EMR_DRG d
