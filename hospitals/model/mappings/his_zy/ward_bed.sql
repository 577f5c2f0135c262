-- 开放床位：床位设置里一张床一行，按启用与停用日期计开放；加床（JCPB = 1）不是开放床位。占用由转科记录重建，不看此表。
SELECT 'ZY_CWSZ'                             AS source_table,
       c._key                                AS source_key,
       CASE WHEN c.JCPB = 1 THEN 'extra_bed' END AS ignored,
       CAST(c.BQ AS VARCHAR)                 AS ward,
       CAST(c.KSDM AS VARCHAR)               AS department,
       cn_date(c.KFRQ)                       AS since,
       cn_date(clean(c.TYRQ)) - 1            AS until,
       1                                     AS open_beds,
       c.CWH                                 AS bed
FROM ZY_CWSZ c
