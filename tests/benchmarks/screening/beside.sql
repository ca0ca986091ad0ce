-- The required rules of `douyin` in SQL: for each application the rules that refuse it. See beside.py.
with
applications as (
    select *, business_license.uscc as number, row_number() over () as place
    from read_json('applications.jsonl', format = 'newline_delimited', columns = {
        application_id: 'varchar',
        subject: 'struct("type" varchar, "name" varchar)',
        business_license: 'struct(uscc varchar, "name" varchar, valid_from date, valid_until date)',
        brands: 'struct("name" varchar, trademark_no varchar, evidence struct(valid_from date, valid_until date,
            sealed_by_subject boolean, signed_by_legal_representative boolean))[]'
    })
),
records as (
    select *
    from read_json('records.jsonl', format = 'newline_delimited', columns = {
        record: 'varchar', subject_id: 'varchar', brands: 'struct("name" varchar)[]', opened_on: 'date',
        closed_on: 'date', closed_for: 'varchar', "on": 'date', reason: 'varchar', revoked_on: 'date'
    })
),
histories as (
    select
        subject_id,
        count(*) filter (record = 'shop' and opened_on <= $day and (closed_on is null or $day < closed_on)) as shops,
        max(closed_on) filter (closed_for = 'voluntary_exit' and closed_on <= $day) as last_exit,
        count(*) filter (closed_for in ('application_fraud', 'serious_violation') and closed_on <= $day)
        + count(*) filter (record = 'ban' and "on" <= $day and (revoked_on is null or $day < revoked_on)) as bans,
        flatten(list([lower(brand.name) for brand in brands]) filter (
            record = 'shop' and opened_on <= $day and (closed_on is null or $day < closed_on)
        )) as carried
    from records
    group by subject_id
),
sound as (
    select
        place,
        length(number) = 18 and list_sum([
            (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', number[nth]) - 1)
            * [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1][nth]
            for nth in range(1, 19)
        ]) % 31 = 0 as checked
    from applications
)
select
    application_id,
    list_filter([
        case when not checked or left(number, 2) not in ('91', '92', '93')
            or subject.type = 'individual_business' and left(number, 2) <> '92'
            or business_license.valid_from > $day or business_license.valid_until < $day
            or business_license.name <> subject.name then 'business-license-required' end,
        case when len(brands) = 0 or len([1 for brand in brands if not coalesce(
            (coalesce(brand.evidence.sealed_by_subject, false)
                or coalesce(brand.evidence.signed_by_legal_representative, false))
            and coalesce(brand.evidence.valid_from <= $day, true)
            and coalesce(brand.evidence.valid_until >= $day, true), false)]) > 0 then 'brand-evidence' end,
        case when subject.type not in ('enterprise', 'individual_business') then 'no-individual-sellers' end,
        case when list_has_any(carried, [lower(brand.name) for brand in brands]) then 'one-shop-per-brand' end,
        case when shops + 1 > 3 then 'max-three-shops' end,
        case when bans > 0 then 'permanent-ban' end,
        case when $day <= last_exit + interval 6 months then 'six-month-reentry' end
    ], lambda rule: rule is not null) as rules
from applications
join sound using (place)
left join histories on subject_id = number
order by place
