"""What each instruction does, one function for a group of spec/opcodes.def: f(execution, instruction, immediate).

Operands are popped from the top, one at a time, each looked at when it is popped; a fault leaves on the stack
what had not been popped. docs/snap.md section 5.
"""

import math
import operator

import spec
from leaving import CONSTANT_TYPES, constant_place, leave, pack_whole
from objects import Copier, DoesNotFit
from outcome import End, Fault, Refusal
from words import (ADDR, EXC, FLOAT, INT, OID, STR, TUPLE, WORD_SIZE, int_word, is_in_heap, place_of, subids_of,
                   words_in)

LARGEST_DELIVERY = 60 * 1024


def control(m, op, n):
    match op.name:
        case "Exit":
            raise End("exit")
        case "Nop":
            pass
        case "Ji":
            m.jump(n)
        case "Bez" | "Bne":
            tested = m.pop()
            if not tested.is_number:
                raise Fault("WrongType")
            if (tested.content == 0) == (op.name == "Bez"):  # NaN is not 0
                m.jump(n)
        case "Paj":
            m.jump(wrapped(m.pop_a(INT) + n))
        case "Tpaj":
            condition, distance = m.pop_a(INT), m.pop_a(INT)
            if condition == 0:
                m.jump(wrapped(distance + n))


def wrapped(number):
    """As integers of 64 bits do: what is far ahead may come out behind."""
    return (number + 2**63) % 2**64 - 2**63


def stack(m, op, n):
    match op.name:
        case "PushInt":
            m.push_word(int_word(n))
        case "PushExc":
            m.push_exc(n)
        case "Pop":
            m.pop_word()
        case "Popi":
            m.need(n)
            del m.stack[len(m.stack) - n:]
        case "Pull":
            m.need(n + 1 if n >= 0 else n)
            m.push_word(m.stack[-1 - n])
        case "Store":
            m.need(n + 1 if n >= 0 else n)
            m.stack[-1 - n] = m.stack[-1]
            m.stack.pop()
        case "Swap":
            m.need(2)
            m.stack[-2:] = m.stack[-1], m.stack[-2]
        case _:
            m.push_constant(CONSTANT_TYPES[op.name], constant_place(n))


def heap(m, op, n):
    match op.name:
        case "Mktup":
            make_tuple(m, n)
        case "Mktups":
            make_tuple(m, m.pop_a(INT))
        case "Nth":
            field(m, n)
        case "Nths":
            field(m, m.pop_a(INT))
        case "Len":
            of = m.pop()
            if of.kind not in (STR, OID, TUPLE):
                raise Fault("WrongType")
            m.push_int(len(of.content) // (WORD_SIZE if of.kind == TUPLE else 1))
        case "Cat":
            right, left = m.pop(), m.pop()
            if left.kind != right.kind or left.kind not in (STR, TUPLE):
                raise Fault("WrongType")
            joined = left.content + right.content
            m.charge(len(joined) // 64)
            m.push_object(left.kind, joined)
        case _:
            m.push_int(m.pop().kind == TYPE_TESTS[op.mnemonic])


TYPE_TESTS = {"isint": INT, "isaddr": ADDR, "isstr": STR, "isx": EXC, "istup": TUPLE, "isflt": FLOAT, "isoid": OID}


def make_tuple(m, n):
    m.need(n)
    m.charge(WORD_SIZE * n // 64)
    fields = m.stack[len(m.stack) - n:]
    del m.stack[len(m.stack) - n:]
    m.push_tuple(fields)


def field(m, n):
    of = m.pop()
    if of.kind != TUPLE:
        raise Fault("WrongType")
    fields = words_in(of.content)
    if not 1 <= n <= len(fields):
        raise Fault("OutOfRange")
    word = fields[n - 1]
    names_new = is_in_heap(word) and not m.heaps.is_in_packet(place_of(word))
    if names_new and m.heaps.is_in_packet(place_of(of.word)):
        raise Fault("OutOfRange")  # the packet's heap cannot know what only this execution has made
    m.push_word(word)


# ---- comparison

def compare(m, op, n):
    right, left, name = two_operands(m, op, n)
    asks_equality = name in ("Eq", "Neq")
    if not asks_equality and pass_exception(m, left, right):
        return
    if left.is_number and right.is_number:
        m.push_int(ORDERS[name](left.content, right.content))  # Python compares int and float exactly
    elif left.kind != right.kind:
        if not asks_equality:
            raise Fault("WrongType")
        m.push_int(name == "Neq")
    elif left.kind in (STR, OID):
        m.charge((len(left.content) + len(right.content)) // 64)
        key = bytes if left.kind == STR else sub_identifiers
        m.push_int(ORDERS[name](key(left.content), key(right.content)))
    elif asks_equality:
        if left.kind == TUPLE:  # by identity; empty ones have no place of their own
            same = not left.content and not right.content or place_of(left.word) == place_of(right.word)
        else:
            same = left.content == right.content
        m.push_int(same == (name == "Eq"))
    else:
        raise Fault("WrongType")


ORDERS = {"Eq": operator.eq, "Neq": operator.ne, "Gt": operator.gt, "Geq": operator.ge, "Lt": operator.lt, "Leq": operator.le}


def sub_identifiers(ber):
    """Groups of octets, each ending where bit 7 is clear; more octets make a larger number."""
    groups, group = [], b""
    for octet in ber:
        group += bytes([octet])
        if octet < 0x80:
            groups.append((len(group), group))
            group = b""
    return groups + [(len(group), group)] * bool(group)


def two_operands(m, op, n):
    """s[0] (or the immediate), s[1], and the name of the operation without the i of the immediate form."""
    if op.operand == "Int":
        right = m.load(int_word(n))
        return right, m.pop(), op.name[:-1]
    right = m.pop()
    return right, m.pop(), op.name


def pass_exception(m, left, right):
    for operand in (left, right):  # of two, s[1]'s
        if operand.kind == EXC:
            m.push_word(operand.word)
            return True
    return False


# ---- numbers

def arithmetic(m, op, n):
    if op.name == "Neg":
        right, left, name = m.load(int_word(0)), m.pop(), "Neg"
    else:
        right, left, name = two_operands(m, op, n)
    if pass_exception(m, left, right):
        return
    if not (left.is_number and right.is_number):
        raise Fault("WrongType")
    if name in ("Div", "Mod") and right.content == 0:
        m.push_exc("DivisionByZero")
    elif left.kind == INT and right.kind == INT:
        m.push_int(INT_OPERATIONS[name](left.content, right.content))
    else:
        m.push_float(FLOAT_OPERATIONS[name](float(left.content), float(right.content)))


def truncated(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def float_remainder(a, b):
    return math.nan if math.isinf(a) or math.isnan(a) or math.isnan(b) else math.fmod(a, b)


INT_OPERATIONS = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": truncated,
                  "Mod": lambda a, b: a - truncated(a, b) * b, "Neg": lambda a, _: -a}
FLOAT_OPERATIONS = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
                    "Mod": float_remainder, "Neg": lambda a, _: -a}


def bits(m, op, n):
    if op.name == "Not":
        right, left, name = m.load(int_word(-1)), m.pop(), "Xor"
    else:
        right, left, name = two_operands(m, op, n)
    if left.kind != INT or right.kind != INT:
        raise Fault("WrongType")
    a, b = left.content, right.content
    if name in ("Lsh", "Rsh", "Rsha") and not 0 <= b <= 63:
        m.push_exc("OutOfRange")
    else:
        m.push_int(BIT_OPERATIONS[name](a, b))


BIT_OPERATIONS = {"And": operator.and_, "Or": operator.or_, "Xor": operator.xor, "Lsh": operator.lshift,
                  "Rsh": lambda a, b: a % 2**64 >> b, "Rsha": operator.rshift}


# ---- addresses and queries

def address(m, op, n):
    if op.name == "IsNbr":
        m.push_int(m.node.is_neighbour(m.pop_a(ADDR)))
        return
    length = n if op.operand == "Int" else m.pop_a(INT)
    of = m.pop_a(ADDR)
    if not 0 <= length <= of.max_prefixlen:
        m.push_exc("OutOfRange")
        return
    host_bits = 2 ** (of.max_prefixlen - length) - 1
    is_network = op.mnemonic.startswith("snet")
    m.push_address(type(of)(int(of) & ~host_bits if is_network else int(of) | host_bits))


def queries(m, op, _):
    match op.name:
        case "Here":
            m.push_address(m.node.here)
        case "IsHere":
            m.push_int(m.node.is_local(m.pop_a(ADDR)))
        case "GetSrc":
            m.push_address(m.header.origin)
        case "GetDst":
            m.push_address(m.node.destination)
        case name:
            m.push_int({"Ingress": m.node.ingress, "GetSpt": m.header.port, "GetRb": m.bound, "GetEp": m.header.entry,
                        "GetId": m.header.request_id, "Now": m.node.now, "GetSize": m.size, "Depth": len(m.stack)}[name])


# ---- what leaves the node

def moving(m, op, n):
    to = m.node.destination if op.operand == "None" and not op.name.endswith("to") else m.pop_a(ADDR)
    entry = m.header.entry
    if op.operand == "Label":
        if not 0 < n < m.count - m.index:  # an instruction must be there, not just behind the code
            raise Fault("BadJump")
        entry = m.index + n
    if m.node.is_local(to):
        if op.operand == "Label":
            m.jump(n)
        return
    if m.bound == 0:
        raise Fault(spec.EXCEPTIONS["NotEnoughBound"])
    travel = "plain" if op.mnemonic.startswith("d") else "alert"
    room = m.node.route(to, travel)
    if isinstance(room, Refusal):
        raise Fault(room.code)
    leaving = m.as_it_is(m.stack, entry=entry, bound=m.bound)
    try:
        m.node.emit(to, travel, leave(leaving, m.heaps, room).to_wire())
    except DoesNotFit:
        raise Fault(spec.EXCEPTIONS["DoesNotFit"]) from None
    raise End("moved")


def sending(m, op, _):
    to, bound, amount, entry = m.pop_a(ADDR), m.pop_a(INT), m.pop_a(INT), m.pop_a(INT)
    if not 0 <= entry < m.count:
        raise Fault("BadEntry")
    if amount < -1:
        raise Fault("OutOfRange")
    m.need(len(m.stack) if amount == -1 else amount)
    if bound <= 0:
        return m.push_exc("BoundNotPositive")
    if bound > m.bound:
        return m.push_exc("NotEnoughBound")
    if m.sends >= m.node.max_sends:
        return m.push_exc("QuotaUsedUp")
    travel = {"Send": "alert", "Dsend": "plain", "Hop": "hop"}[op.name]
    room = m.node.route(to, travel)
    if isinstance(room, Refusal):
        return m.push_exc(room.code)
    m.charge(m.size // 64)
    values = m.stack if amount == -1 else m.stack[len(m.stack) - amount:]
    try:
        child = pack_whole(m.as_it_is(values, entry=entry, bound=bound), m.heaps, room)
    except DoesNotFit:
        return m.push_exc("DoesNotFit")
    m.sends += 1
    m.bound -= bound
    m.node.emit(to, travel, child.to_wire())
    m.push_int(1)


def delivery(m, op, n):
    port = m.pop_a(INT) if op.name == "Demux" else n
    if not 0 <= port <= 0xFFFF:
        raise Fault("OutOfRange")
    if op.name != "Demuxall":
        m.need(1)
    values = m.stack if op.name == "Demuxall" else m.stack[-1:]
    copier = Copier(m.heaps, False, LARGEST_DELIVERY - WORD_SIZE * len(values))
    try:
        words = [copier.copy(word) for word in values]
    except DoesNotFit:
        raise Fault(spec.EXCEPTIONS["DoesNotFit"]) from None
    m.node.deliver(port or m.header.port, copier.heap, words)
    raise End("delivered")


# ---- services

def services(m, _, service_id):
    service = m.node.find_service(service_id)
    if service is None:
        return m.push_exc("NoSuchService")
    m.need(len(service.arguments))
    at = len(m.stack) - len(service.arguments)
    arguments, refusal = [], None
    for declared, word in zip(service.arguments, m.stack[at:]):
        operand = m.load(word)
        if refusal is None:
            refusal = why_not(declared, operand)
            if refusal is None:
                arguments.append((operand.kind, operand.content))
    del m.stack[at:]
    m.charge(service.cost + sum(map(octets_touched, arguments)) // 64)
    results = Refusal(refusal) if refusal is not None else m.node.call(service, arguments)
    is_list = service.results.endswith("#")
    if not isinstance(results, Refusal) and not is_list and len(results) != len(service.results):
        results = Refusal(spec.EXCEPTIONS["ServiceFailed"])
    if isinstance(results, Refusal):
        for _ in range(1 if is_list else len(service.results)):
            m.push_exc(results.code)
        return
    m.charge(sum(map(octets_touched, results)) // 64)
    for kind, content in results:
        push_value(m, kind, content)
    if is_list:
        m.push_int(len(results))


def why_not(declared, operand):
    """The exception an argument causes, or None if it may be passed on."""
    if operand.kind == EXC:
        return operand.content
    allowed = {"i": (INT,), "a": (ADDR,), "s": (STR,), "o": (OID,), "f": (FLOAT,), "l": (ADDR, INT), "n": (OID, STR), "*": (INT, ADDR, STR, FLOAT, OID)}
    is_object_identifier = operand.kind != OID or subids_of(operand.content) is not None
    return None if operand.kind in allowed[declared] and is_object_identifier else spec.EXCEPTIONS["WrongArgumentType"]


def octets_touched(value):
    kind, content = value
    return len(content) if kind in (STR, OID) else WORD_SIZE


def push_value(m, kind, content):
    if kind == INT:
        m.push_int(content)
    elif kind == ADDR:
        m.push_address(content)
    elif kind == FLOAT:
        m.push_float(content)
    elif kind == EXC:
        m.push_exc(content)
    elif kind == TUPLE:
        m.push_exc("ServiceFailed")  # no service gives one
    else:
        m.push_object(kind, content)


GROUPS = {f.__name__: f for f in (control, stack, heap, compare, arithmetic, bits, address, queries, moving, sending,
                                  delivery, services)}
