-- 患者：一张卡一个 PATID（同一人换卡会有多个，由患者主索引合并）。出生日期 19000101 是“不详”，不当真；能从身份证推出的用身份证的。
SELECT 'MZ_BRXX'                             AS source_table,
       b._key                                AS source_key,
       CAST(b.PATID AS VARCHAR)              AS local_id,
       CASE WHEN b.SEX IN ('男', '女') THEN b.SEX
            WHEN id_card_valid(b.SFZH) THEN id_card_gender(b.SFZH) END AS gender,
       coalesce(CASE WHEN b.BIRTH <> '19000101' THEN CAST(cn_time(b.BIRTH) AS DATE) END,
                CASE WHEN id_card_valid(b.SFZH) THEN id_card_birth(b.SFZH) END) AS birth_date,
       cn_time(b.LRRQ)                       AS registered_at,
       clean(b.HZXM)                         AS name,
       clean(b.SFZH)                         AS id_card,
       clean(b.LXDH)                         AS phone,
       clean(b.CARDNO)                       AS card_no,
       clean(b.LXDZ)                         AS address
FROM MZ_BRXX b
