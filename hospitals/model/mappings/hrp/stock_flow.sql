-- 药品出入库：一张单据一行一个批次；时间按单据日期，录入时间另记（月末关账后补录才看得出）。
SELECT 'ic_flow'                             AS source_table,
       f._key                                AS source_key,
       f.cbill || '-' || f.line              AS flow_id,
       clean(f.type)                         AS kind,
       f.wh                                  AS store,
       clean(w.dept_hr)                      AS department,
       clean(w.campus)                       AS campus,
       f.pk_inv                              AS drug,
       f.batch                               AS batch,
       cn_date(f.vali_date)                  AS expires_on,
       cn_number(f.qty)                      AS quantity,
       CAST(cn_number(f.qty) * cn_number(f.price_in) AS DECIMAL(18,2)) AS cost,
       cn_time(f.bill_date)                  AS moved_at,
       cn_time(f.entered_at)                 AS recorded_at
FROM ic_flow f
LEFT JOIN bd_wh w ON w.wh = f.wh
