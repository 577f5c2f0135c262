-- 患者：一个 BRID 一行，取最近一次住院登记（取消的排在最后）的内容；其余住院行由住院表说明。
-- 随母新生儿的住院号 = 母亲住院号后加两位，母亲的 BRID 由此找到。
SELECT 'ZY_BRRY'                             AS source_table,
       r._key                                AS source_key,
       CAST(r.BRID AS VARCHAR)               AS local_id,
       CASE WHEN r.BRXB = 1 THEN '男' WHEN r.BRXB = 2 THEN '女'
            WHEN id_card_valid(r.SFZH) THEN id_card_gender(r.SFZH) END AS gender,
       coalesce(CAST(cn_time(r.CSNY) AS DATE), CASE WHEN id_card_valid(r.SFZH) THEN id_card_birth(r.SFZH) END) AS birth_date,
       cn_time(r.DJSJ)                       AS registered_at,
       clean(r.BRXM)                         AS name,
       clean(r.SFZH)                         AS id_card,
       clean(r.LXDH)                         AS phone,
       clean(r.BAHM)                         AS card_no,
       clean(r.JTDZ)                         AS address,
       CAST(m.BRID AS VARCHAR)               AS mother_local_id
FROM (SELECT * FROM ZY_BRRY QUALIFY row_number() OVER (PARTITION BY BRID ORDER BY CYPB = 9, ZYH DESC) = 1) r
LEFT JOIN ZY_BRRY m ON m.ZYH = CASE WHEN r.ZYH > 999999999 THEN r.ZYH // 100 END
