"""Which words with dots in them are taken for hosts, though no scheme says so."""

_GENERIC_WORDS = (
    "app biz click club com dev edu example gov info int io live mil net onion online org shop site test xyz рф 中国 "
    "公司"
)
_COUNTRIES_WORDS = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca "
    "cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr "
    "ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in iq ir is it je jm jo "
    "jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr "
    "ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re "
    "ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to "
    "tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_AMBIGUOUS = (
    "ac ad ae ai al am as at ba be bi by cc cd co de do ec es gd gp id im in is it la li ma md me mk ml mm mo ms mt "
    "my na ne no pa pe ph pl pm ps py re rs sc sh si sm so st tc tf to tt us va vi ws"
)
"""Country codes that are ends of files, or words that follow a full stop without a space."""
_MORE_WORDS = (
    "aero agency arpa art asia blog cat chat cloud coop corp design digital email fun game games home host icu "
    "internal invalid jobs lan link local localhost media mov museum name network news page photo post press pro "
    "social space store team tech tel today top travel video vip web website wiki work world zip"
)

_GENERIC = frozenset(_GENERIC_WORDS.split())
_WITH_PATH = _GENERIC | frozenset(_COUNTRIES_WORDS.split()) | frozenset(_MORE_WORDS.split())
_ALONE = _GENERIC | (frozenset(_COUNTRIES_WORDS.split()) - frozenset(_AMBIGUOUS.split()))


def is_host(name: str, *, with_path: bool) -> bool:
    """Whether renderers may take the name for a host: with a path behind it more names are."""
    last = name.rpartition(".")[2].lower()
    return last.startswith("xn--") or last in (_WITH_PATH if with_path else _ALONE)
