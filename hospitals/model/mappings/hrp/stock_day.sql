-- 药品日结存：一个库房一个药品一个批次一天一行，金额按进价。
SELECT 'ic_onhand'                           AS source_table,
       o._key                                AS source_key,
       CAST(cn_time(o.snapshot_date) AS DATE)              AS date,
       o.wh                                  AS store,
       clean(w.dept_hr)                      AS department,
       clean(w.campus)                       AS campus,
       o.pk_inv                              AS drug,
       o.batch                               AS batch,
       cn_date(o.vali_date)                  AS expires_on,
       cn_number(o.qty)                      AS quantity,
       CAST(cn_number(o.cost) AS DECIMAL(18,2)) AS cost
FROM ic_onhand o
LEFT JOIN bd_wh w ON w.wh = o.wh
