"""Make small templates from a seed, and what Python renders of them: make_cases.py SEED COUNT OUT.

Each case is {"template": ..., "text": ...}, or {"template": ..., "error": ...} where Python raises an error. All are
rendered with the variables that the file holds beside them.
"""

import json
import random
import re
import sys

from chat_template import render

VARIABLES = {
    "text": "Hello, World",
    "padded": "  \t two words\n ",
    "odd": "it's \"q\" <b>&amp;</b> é ß ǆ 漢 🦊\\n\u00a0x",
    "lines": "one\ntwo\r\n\nthree\u2028four\n",
    "empty": "",
    "digits": " 42 ",
    "csv": "a,b,,c",
    "dashes": "--ab--cd--",
    "n": 7,
    "zero": 0,
    "neg": -3,
    "big": 123456789012345678901234567890,
    "pi": 3.14159,
    "half": 2.5,
    "tiny": 1e-7,
    "huge": 1e22,
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [3, 1, 2, 1],
    "names": ["bob", "Alice", "carol", "alice"],
    "mixed": [1, "a", None, True, 2.0, [1, {"k": "v"}]],
    "nil": [],
    "people": [
        {"name": "bob", "age": 30, "tags": ["x"], "address": {"city": "Rome"}},
        {"name": "Al", "age": 25, "tags": [], "address": {"city": "oslo"}},
        {"name": "cy", "age": 30, "tags": ["y", "z"]},
    ],
    "dict": {"b": 1, "A": "two", "c": None, "items": [1], "nested": {"x": {"y": [1.5]}}},
    "nodict": {},
    "schema": {"type": "object", "properties": {"q": {"type": ["string", "null"], "enum": ["é", "<b>"]}}, "n": 1.0},
}

TEXTS = ["text", "padded", "odd", "lines", "empty", "digits", "csv", "dashes", "'a-b c_d'", "'%s|%d'", "'{}:{!r}'"]
NUMBERS = ["n", "zero", "neg", "big", "pi", "half", "tiny", "huge", "yes", "no", "1", "2.0", "-7", "10", "1e16", "0.1"]
LISTS = ["list", "names", "mixed", "nil", "people", "(1, 2, 3)", "range(5)", "range(10, 0, -3)", "[[1, 2], [3]]", "()", "(1,)"]
DICTS = ["dict", "nodict", "schema", "{'x': 1, 2: 'y', (1, 2): 3.0}", "people[0]", "dict.nested"]
OTHERS = ["nothing", "missing", "dict.missing", "people[9]", "true", "none", "namespace(a=1, b='c')"]
ATOMS = TEXTS + NUMBERS + LISTS + DICTS + OTHERS

FILTERS = """abs|attr('name')|batch(2)|list|batch(3, 'z')|list|capitalize|center(20)|center|count|d|default('x')|default('x', true)
default(boolean=true)|dictsort|dictsort(true)|dictsort(by='value')|dictsort(reverse=true)|e|escape|filesizeformat
filesizeformat(true)|first|float|float(1.5)|forceescape|format(1, 2)|format('a', 3)|groupby('age')|groupby('address.city', default='')
indent|indent(2, true)|indent(3, blank=true)|indent('> ')|indent(width=1, first=true)|int|int(5)|int(base=16)|int(0, 2)|items|list
join|join(', ')|join('-', attribute='name')|last|length|list|lower|map('upper')|list|map(attribute='name')|list
map(attribute='age')|sum|map(attribute='address.city', default='?')|join(';')|map('int')|list|map('string')|join('+')|max|min
max(attribute='age')|min(case_sensitive=true)|reject|list|reject('string')|list|rejectattr('age', 'eq', 30)|list
rejectattr('tags')|list|replace('a', 'b')|replace('l', '<', 1)|replace('', '-')|replace('o', 'oo', 2)|reverse|list|reverse
round|round(2)|round(1, 'floor')|round(-1)|round(2, 'ceil')|safe|select|list|select('number')|list|select('odd')|list
selectattr('age', '>', 26)|map(attribute='name')|join(',')|selectattr('tags')|list|selectattr('name', 'defined')|list
selectattr('name', 'in', ['bob'])|list|slice(2)|list|slice(3, 'f')|list|sort|sort(true)|sort(case_sensitive=true)
sort(attribute='age')|sort(attribute='age,name')|sort(attribute='name', reverse=true)|string|striptags|sum|sum(start=1.5)
sum(attribute='age')|title|tojson|tojson(indent=2)|tojson(indent=4, sort_keys=true)|tojson(separators=(',', ':'))
tojson(ensure_ascii=true)|tojson(true)|tojson(sort_keys=true)|trim|trim('-H')|trim(chars='d ')|truncate(5)|truncate(8, true)
truncate(9, false, '…', 0)|unique|list|unique(true)|list|unique(attribute='age')|list|upper|urlencode|wordcount|wordwrap(5)
wordwrap(8, false)|xmlattr|nosuch""".replace("\n", "|")

METHODS = """upper() lower() title() capitalize() swapcase() strip() lstrip() rstrip() strip('-') lstrip('H ') rstrip('d\\n') split()
split(',') split('l') split('--') split(None,1) split(',',1) split(sep=',',maxsplit=2) rsplit('l',1) rsplit() rsplit(None,1) splitlines()
splitlines(true) startswith('He') startswith(('a','b')) endswith('ld') endswith(('x','d')) startswith('') replace('l','L')
replace('l','',1) replace('','.') find('o') rfind('o') find('zz') index('o') index('zz') count('l') count('') join(['a','b'])
join(names) join([1]) zfill(8) center(15,'*') ljust(14)+'|' rjust(14) removeprefix('He') removesuffix('ld') isdigit() isalpha() isalnum()
isspace() isupper() islower() istitle() isnumeric() partition(',') rpartition('l') format(1,2) format('a','b') format(text,n=1) expandtabs(4)
casefold() items() keys() values() get('b') get('zz') get('zz',0) get(2) copy() pop('b') append(1) update({}) index(1) count(1)
find('l',3) find('l',-2) count('l',0,5) items()|list keys()|list values()|list nope nope() a b bit_length() is_integer()""".split()

SUBSCRIPTS = ["[0]", "[-1]", "[99]", "[1:]", "[:-1]", "[::-1]", "[::2]", "[1:10:3]", "[-3:]", "[5:2:-1]", "['b']", "['name']",
              "[0:2]", "[none]", "[:0]", "[-2::-1]", "[true]", "['items']", "[1.0]", "['upper']", "[(1, 2)]", "[100:]", "[-100:2]"]
TESTS = """boolean callable defined divisibleby(2) divisibleby_3 eq(7) equalto('a') escaped even false filter float ge(2) gt(2) in(list)
in('abc') integer iterable le(2) lower lt(2) mapping ne(1) none number odd sameas(true) sequence string test true undefined upper
sameas(none) nosuchtest""".replace("_", " ").split()
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
FORMATS = ["'%5d|%-5d|%05d' % (n, neg, n)", "'%x %X %o %#x' % (255, 255, 8, 255)", "'%e %.3g %G' % (pi, huge, tiny)", "'%.2f%%' % pi",
           "'%r %s' % (text, text)", "'%(b)s-%(A)s' % dict", "'%s' % list", "'%s' % (list,)", "'%d' % half", "'%d' % text", "'%s %s' % (1,)",
           "'%s' % (1, 2)", "'%10s|%-10s|' % (text, empty)", "'%.3s' % text", "'%c%c' % (65, 'b')", "'%+d % d' % (n, n)", "'%i' % yes",
           "'{:>10}|{:<6}|{:^7}|{:*^9}'.format('a', 'b', 'c', 'd')", "'{:05d} {:+} {:,} {:_}'.format(n, n, big, 1234567)",
           "'{:.2f} {:e} {:g} {:%}'.format(pi, huge, tiny, half)", "'{0}{1}{0}'.format('a', 'b')", "'{a} {b[0]} {c.name}'.format(a=1, b=list, c=people[0])",
           "'{!r:>8} {!s}'.format('x', 'y')", "'{{}} {}'.format(1)", "'{}'.format()", "'{:x} {:b} {:o} {:#x}'.format(255, 5, 8, 255)",
           "'{:d}'.format(pi)", "'{:{w}}|'.format('a', w=5)", "'{:10.3f}|{:<10.3}|'.format(pi, pi)", "'{}'.format(dict)", "'{:s}'.format(n)",
           "'{:08.2f}'.format(neg)", "'{:>5}'.format(none)", "'{:,}'.format(1234567.891)", "'{:.0f} {:.1f}'.format(half, 0.25)", "'{0.upper}'.format(text)|length > 0"]
STATEMENTS = [
    "{% for x in @ %}{{ loop.index }}/{{ loop.length }}:{{ x }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}",
    "{% for x in @ if x %}{{ loop.revindex0 }}{{ x }}{{ loop.first }}{% endfor %}",
    "{% for k, v in @ %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in @.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for x in @ %}{% if loop.index0 == 1 %}{% continue %}{% endif %}{% if loop.index > 3 %}{% break %}{% endif %}[{{ x }}]{% endfor %}",
    "{% for x in @ %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }}{{ loop.changed(x) }}{% endfor %}",
    "{% set ns = namespace(c=0, s='') %}{% for x in @ %}{% set ns.c = ns.c + 1 %}{% set ns.s = ns.s ~ x %}{% endfor %}{{ ns.c }}{{ ns.s }}",
    "{% set x = 1 %}{% for y in @ %}{{ x }}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
    "{% if @ %}T{% elif zero %}Z{% else %}F{% endif %}",
    "{% macro m(a, b=2, *c) %}{% endmacro %}",
    "{% macro m(a, b='d') %}<{{ a }}{{ b }}{{ varargs }}{{ kwargs }}>{% endmacro %}{{ m(@) }}{{ m(@, 1, 2, k=3) }}{{ m(b=1) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a|upper }}:{{ caller(a) }}{% endmacro %}{% call(y) m(@) %}[{{ y }}]{% endcall %}",
    "{% set t %}a {{ @ }} b{% endset %}{{ t|length }}{{ t }}",
    "{% set t | upper %}a {{ @ }}{% endset %}{{ t }}",
    "{% filter upper|replace('A', '4') %}a {{ @ }}{% endfilter %}",
    "{% with a = @, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% set a, b = @ %}{{ a }}|{{ b }}",
    "{{ @ if @ else 'else' }}{{ 'x' if not @ }}",
    "{%- for x in [1, [2, [3]]] recursive %}{{ loop.depth }}:{{ loop(x) if x is not number else x }} {% endfor -%}",
    "  {% if true %}  \n  a {{- @ -}} b\n  {% endif %}  \n  {# c #}\n x {#- y -#} z",
    "{% raw %}{{ @ }}{% if %}{% endraw %} {{ @ }}",
    "{% set x = @ %}{{ x == @ }}{{ x is sameas x }}{{ [x, x] }}{{ {'k': x} }}",
    "{{ [@, @]|tojson }}{{ {'k': @}|tojson(indent=1) }}",
    "{{ (@)|map('length')|list }}{{ (@)|select('defined')|list|length }}",
    "{% set g = @|map('string') %}{{ g|join(',') }}{{ g|join(',') }}{{ 'y' if g else 'n' }}",
    "{{ @|list|sort|first }}{{ dict(@) }}",
    "{% generation %}{{ @ }}{% set q = 1 %}{% endgeneration %}{{ q }}",
    "{{ raise_exception('no ' ~ @) }}",
    "{{ strftime_now('%Y-%m-%d %H:%M:%S %d %b %B %A %a %j %-d %y %I%p %U %%') }}{{ @ }}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ @ }}",
    "{% set j = joiner('|') %}{% for x in @ %}{{ j() }}{{ x }}{% endfor %}",
    "{{ @ is defined and @ is not none and @|string|length > 2 or 'short' }}",
    "{{ -@ }}{{ +@ }}{{ not @ }}",
    "{{ @ | string | trim ~ 1 + 2 }}{{ 1 + 2 ~ 3 * 2 }}",
    "{{ '<' + (@|string|e) + '>' }}{{ ('<b>'|safe) + '<i>' }}{{ ['<'|safe, '<'] }}{{ ('%s'|safe) % '<' }}",
    "{{ 2 ** 3 ** 2 }}{{ -2 ** 2 }}{{ 7 // -2 }}{{ -7 % 3 }}{{ 7 / 2 }}{{ 1 < 2 < 3 }}{{ 1 < 3 > 2 == 2 }}{{ @ }}",
]

chance = random.Random(int(sys.argv[1]))


LAZY = re.compile(r"\|(map|select|reject|selectattr|rejectattr|slice|batch|unique|items|reverse)\b(?!.*\|list)")


def pipeline():
    parts = re.split(r"\|(?![^(]*\))", FILTERS)
    first = chance.choice(parts)
    return first if chance.random() < 0.6 else first + "|" + chance.choice(parts)


def value(depth=0):
    kind = chance.random()
    atom = chance.choice(ATOMS)
    if depth > 1 or kind < 0.35:
        return atom
    if kind < 0.5:
        return f"({atom}).{chance.choice(METHODS)}"
    if kind < 0.6:
        return f"({atom}){chance.choice(SUBSCRIPTS)}"
    if kind < 0.75:
        return f"({value(depth + 1)})|{pipeline()}"
    if kind < 0.9:
        return f"({value(depth + 1)} {chance.choice(OPERATORS)} {value(depth + 1)})"
    return chance.choice([f"[{value(depth + 1)}, {atom}]", f"({atom}, {value(depth + 1)})", f"{{'k': {value(depth + 1)}}}"])


def template():
    kind = chance.random()
    if kind < 0.2:
        return "{{ " + f"({chance.choice(ATOMS)})|{pipeline()}" + " }}"
    if kind < 0.4:
        return "{{ " + f"({chance.choice(ATOMS)}).{chance.choice(METHODS)}" + " }}"
    if kind < 0.5:
        return "{{ " + f"({chance.choice(ATOMS)}){chance.choice(SUBSCRIPTS)}" + " }}"
    if kind < 0.6:
        return "{{ " + f"({chance.choice(ATOMS)}) {chance.choice(OPERATORS)} ({chance.choice(ATOMS)})" + " }}"
    if kind < 0.68:
        return "{{ " + f"({chance.choice(ATOMS)}) is {chance.choice(['', 'not '])}{chance.choice(TESTS)}" + " }}"
    if kind < 0.72:
        return "{{ " + chance.choice(FORMATS) + " }}"
    if kind < 0.88:
        return chance.choice(STATEMENTS).replace("@", "(" + chance.choice(ATOMS) + ")")
    return "{{ " + value() + " }}"


cases, seen = [], set()
while len(cases) < int(sys.argv[2]):
    source = template()
    if source in seen:
        continue
    seen.add(source)
    if LAZY.search(source) and re.search("replace|wordcount|length|title|upper|capitalize", source):
        # What a generator prints as holds an address.
        continue
    if re.search(r"\((-?\d[\d.e]*|true|none|\{.*\})\)\[.*:.*\]", source):
        # Jinja2 folds slices of constants, and then forgives them.
        continue
    if "**" in source and re.search("big|huge|16", source) or "* (big" in source or "(big) *" in source:
        # Python would take minutes for these.
        continue
    text, error = render(source, VARIABLES)
    if text is None:
        # Half of what can be written makes no sense; a few of those are enough.
        if chance.random() < 0.4:
            cases.append({"template": source, "error": error})
    elif not re.search(r" .t 0x|g.?e.?n.?e.?r.?[ab].?t.?o.?r.?.o|<built-in|object>|iterator", text, re.I) and len(text) < 5000:
        cases.append({"template": source, "text": text})
with open(sys.argv[3], "w", encoding="utf-8") as out:
    json.dump({"variables": VARIABLES, "cases": cases}, out, ensure_ascii=False, indent=1)
    out.write("\n")
