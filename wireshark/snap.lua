-- Wireshark and tshark: SNAP/2 packets (docs/snap.md), by raw IP and by UDP.
--
-- Copy this one file into a folder of Lua plugins (Help, About Wireshark, Folders), or
--   tshark -X lua_script:wireshark/snap.lua -O snap ...
-- The tables between the two marks are written by tools/gen_docs.py from spec/*.def.

-- generated: begin
local OPCODES = {
    [0x01] = { "exit", "None" },
    [0x02] = { "nop", "None" },
    [0x03] = { "ji", "Label" },
    [0x04] = { "bez", "Label" },
    [0x05] = { "bne", "Label" },
    [0x06] = { "paj", "Label" },
    [0x07] = { "tpaj", "Label" },
    [0x10] = { "push", "Int" },
    [0x11] = { "push", "Const" },
    [0x12] = { "push", "Const" },
    [0x13] = { "push", "Const" },
    [0x14] = { "push", "Exc" },
    [0x15] = { "push", "Const" },
    [0x16] = { "push", "Const" },
    [0x17] = { "push", "Const" },
    [0x18] = { "pop", "None" },
    [0x19] = { "popi", "Count" },
    [0x1a] = { "pull", "Count" },
    [0x1b] = { "store", "Count" },
    [0x1c] = { "swap", "None" },
    [0x20] = { "mktup", "Count" },
    [0x21] = { "mktups", "None" },
    [0x22] = { "nth", "Count" },
    [0x23] = { "nths", "None" },
    [0x24] = { "len", "None" },
    [0x25] = { "cat", "None" },
    [0x26] = { "isint", "None" },
    [0x27] = { "isaddr", "None" },
    [0x28] = { "isstr", "None" },
    [0x29] = { "isx", "None" },
    [0x2a] = { "istup", "None" },
    [0x2b] = { "isflt", "None" },
    [0x2c] = { "isoid", "None" },
    [0x30] = { "eq", "None" },
    [0x31] = { "neq", "None" },
    [0x32] = { "gt", "None" },
    [0x33] = { "geq", "None" },
    [0x34] = { "lt", "None" },
    [0x35] = { "leq", "None" },
    [0x38] = { "eqi", "Int" },
    [0x39] = { "neqi", "Int" },
    [0x3a] = { "gti", "Int" },
    [0x3b] = { "geqi", "Int" },
    [0x3c] = { "lti", "Int" },
    [0x3d] = { "leqi", "Int" },
    [0x40] = { "add", "None" },
    [0x41] = { "sub", "None" },
    [0x42] = { "mult", "None" },
    [0x43] = { "div", "None" },
    [0x44] = { "mod", "None" },
    [0x45] = { "neg", "None" },
    [0x48] = { "addi", "Int" },
    [0x49] = { "subi", "Int" },
    [0x4a] = { "multi", "Int" },
    [0x4b] = { "divi", "Int" },
    [0x4c] = { "modi", "Int" },
    [0x50] = { "and", "None" },
    [0x51] = { "or", "None" },
    [0x52] = { "xor", "None" },
    [0x53] = { "not", "None" },
    [0x54] = { "lsh", "None" },
    [0x55] = { "rsh", "None" },
    [0x56] = { "rsha", "None" },
    [0x58] = { "andi", "Int" },
    [0x59] = { "ori", "Int" },
    [0x5a] = { "xori", "Int" },
    [0x5b] = { "lshi", "Int" },
    [0x5c] = { "rshi", "Int" },
    [0x5d] = { "rshai", "Int" },
    [0x60] = { "snet", "None" },
    [0x61] = { "sneti", "Int" },
    [0x62] = { "bcast", "None" },
    [0x63] = { "bcasti", "Int" },
    [0x64] = { "isnbr", "None" },
    [0x70] = { "here", "None" },
    [0x71] = { "ishere", "None" },
    [0x72] = { "ingress", "None" },
    [0x73] = { "getsrc", "None" },
    [0x74] = { "getdst", "None" },
    [0x75] = { "getspt", "None" },
    [0x76] = { "getrb", "None" },
    [0x77] = { "getep", "None" },
    [0x78] = { "getid", "None" },
    [0x79] = { "now", "None" },
    [0x7a] = { "getsize", "None" },
    [0x7b] = { "depth", "None" },
    [0x80] = { "forw", "None" },
    [0x81] = { "forwto", "None" },
    [0x82] = { "moveto", "Label" },
    [0x84] = { "dforw", "None" },
    [0x85] = { "dforwto", "None" },
    [0x86] = { "dmoveto", "Label" },
    [0x90] = { "send", "None" },
    [0x91] = { "hop", "None" },
    [0x92] = { "dsend", "None" },
    [0xa0] = { "demux", "None" },
    [0xa1] = { "demuxi", "Int" },
    [0xa2] = { "demuxall", "Int" },
    [0xb0] = { "calls", "Service" },
}
local SERVICES = {
    [0xb45ced] = "snmp_getsingle",
    [0x287818] = "snmp_getnext",
    [0xd4ea9a] = "snmp_setsingle",
    [0x73b890] = "node_info",
    [0x2a9b08] = "snmp_setonce",
    [0x88b055] = "once",
    [0xe64e83] = "text",
    [0x65fedc] = "snmp_getneighbours",
    [0xf2d4c8] = "if_getallneighbours",
    [0xf861ee] = "if_getalladdresses",
    [0x2f099a] = "snmp_getnexthop",
    [0xb9e983] = "if_getnexthop",
    [0x8e83ce] = "if_getprevioushop",
    [0x689f29] = "if_getcount",
    [0xfa6d85] = "if_getname",
    [0x52f136] = "if_getup",
    [0x2cbe02] = "if_setup",
    [0xbd5f06] = "route_get",
    [0x8c8976] = "route_add",
    [0xa97951] = "route_del",
    [0x989cf6] = "proc_getipforward",
    [0xfec8c7] = "proc_setipforward",
    [0x653ca5] = "proc_get",
    [0x71ec5b] = "proc_set",
    [0xc3291e] = "memmap_addint",
    [0x20ad55] = "memmap_addstring",
    [0x73e4bb] = "memmap_getint",
    [0x39b9fd] = "memmap_getstring",
    [0x78115d] = "memmap_del",
    [0xdba455] = "snmp_init",
    [0xb4b69f] = "snmp_init_ip",
    [0x06cef4] = "snmp_pdu_init",
    [0x6c47a7] = "snmp_pdu_addvar_null",
    [0xb2a973] = "snmp_pdu_addvar_withvalue",
    [0xeb1f73] = "snmp_send",
    [0x61f358] = "snmp_close",
    [0x8b4a3f] = "snmp_notify",
    [0xf1656e] = "snmp_getcell",
}
local EXCEPTIONS = {
    [32] = "not enough bound",
    [33] = "bound not positive",
    [34] = "no route",
    [35] = "no such service",
    [36] = "service failed",
    [37] = "does not fit the link",
    [38] = "out of range",
    [39] = "not permitted",
    [40] = "no such object",
    [41] = "no such instance",
    [42] = "end of MIB view",
    [43] = "division by zero",
    [44] = "wrong argument type",
    [45] = "quota used up",
    [46] = "timed out",
    [47] = "this id stands for another write",
}
local REASONS = {
    [128] = "stack underflow",
    [129] = "value of the wrong type",
    [130] = "jump out of the code or backwards",
    [131] = "entry point outside the code",
    [132] = "operand out of range",
    [133] = "workspace used up",
    [134] = "budget used up",
    [135] = "unknown instruction",
    [136] = "malformed header",
    [137] = "IP time to live exceeded",
    [138] = "no Splash node there",
    [139] = "not admitted",
}
-- generated: end

local HEADER4, HEADER6 = 20, 32
local FLAG_V6, FLAG_REPORT = 0x04, 0x08
local MAX_VALUES = 1024 -- shown of one packet: a tuple may name the same tuple again and again

local snap = Proto("snap", "SNAP/2")

local reasons = {}
for code, name in pairs(EXCEPTIONS) do reasons[code] = name end
for code, name in pairs(REASONS) do reasons[code] = name end

local mnemonics = {}
for code, row in pairs(OPCODES) do mnemonics[code] = row[1] end

local TYPES = { [0] = "int", [1] = "addr", [2] = "str", [3] = "exc", [4] = "tuple", [5] = "float", [6] = "oid",
                [8] = "int", [9] = "addr" }
local KINDS = { [0] = "program", [1] = "delivery", [2] = "report" }

local f = {
    kind = ProtoField.uint8("snap.kind", "Kind", base.DEC, KINDS),
    version = ProtoField.uint8("snap.version", "Version"),
    flags = ProtoField.uint8("snap.flags", "Flags", base.HEX),
    authenticated = ProtoField.bool("snap.flags.authenticated", "Authenticated", 8, nil, 0x01),
    trimmable = ProtoField.bool("snap.flags.trimmable", "Trimmable", 8, nil, 0x02),
    ipv6_origin = ProtoField.bool("snap.flags.ipv6_origin", "IPv6 origin", 8, nil, FLAG_V6),
    report = ProtoField.bool("snap.flags.report", "Report", 8, nil, FLAG_REPORT),
    reserved = ProtoField.uint8("snap.flags.reserved", "Reserved", base.HEX, nil, 0xf0),
    port = ProtoField.uint16("snap.port", "Port"),
    id = ProtoField.uint16("snap.id", "Request id"),
    bound = ProtoField.uint16("snap.bound", "Bound"),
    entry = ProtoField.uint16("snap.entry", "Entry"),
    code_size = ProtoField.uint16("snap.code_size", "Code size"),
    heap_size = ProtoField.uint16("snap.heap_size", "Heap size"),
    stack_size = ProtoField.uint16("snap.stack_size", "Stack size"),
    origin4 = ProtoField.ipv4("snap.origin", "Origin"),
    origin6 = ProtoField.ipv6("snap.origin6", "Origin"),
    code = ProtoField.none("snap.code", "Code"),
    heap = ProtoField.bytes("snap.heap", "Heap"),
    stack = ProtoField.none("snap.stack", "Stack"),
    instruction = ProtoField.uint8("snap.instruction", "Instruction", base.HEX, mnemonics),
    service = ProtoField.string("snap.service", "Service"),
    value = ProtoField.string("snap.value", "Value"),
    report_reason = ProtoField.uint32("snap.report.reason", "Reason", base.DEC, reasons),
    report_index = ProtoField.string("snap.report.index", "Instruction"),
    report_node = ProtoField.string("snap.report.node", "Node"),
    report_opcode = ProtoField.uint8("snap.report.opcode", "Opcode", base.HEX, mnemonics),
    report_count = ProtoField.string("snap.report.instructions", "Instructions in the packet"),
}
for _, field in pairs(f) do table.insert(snap.fields, field) end

local e = {
    short = ProtoExpert.new("snap.expert.short", "Shorter than its header and sections", expert.group.MALFORMED,
                            expert.severity.ERROR),
    long = ProtoExpert.new("snap.expert.long", "Octets behind the stack", expert.group.MALFORMED,
                           expert.severity.ERROR),
    version = ProtoExpert.new("snap.expert.version", "Version is not 2", expert.group.PROTOCOL,
                              expert.severity.WARN),
    lengths = ProtoExpert.new("snap.expert.lengths", "A section's size is not a multiple of 4 (stack: 8)",
                              expert.group.MALFORMED, expert.severity.ERROR),
    entry = ProtoExpert.new("snap.expert.entry", "Entry is outside the code", expert.group.MALFORMED,
                            expert.severity.ERROR),
    opcode = ProtoExpert.new("snap.expert.opcode", "Unknown instruction", expert.group.MALFORMED,
                             expert.severity.WARN),
    value = ProtoExpert.new("snap.expert.value", "No value: unknown tag, or a place outside the heap",
                            expert.group.MALFORMED, expert.severity.WARN),
    failed = ProtoExpert.new("snap.expert.report", "An execution ended early", expert.group.RESPONSE_CODE,
                             expert.severity.NOTE),
}
for _, one in pairs(e) do table.insert(snap.experts, one) end

snap.prefs.protocol = Pref.uint("IP protocol", 253, "Of raw packets: `protocol` in splash.toml")
snap.prefs.udp_port = Pref.uint("UDP port", 7253, "`udp_port` in splash.toml")

-- Values ---------------------------------------------------------------------------------------------------------

local function name_of(names, code)
    return names[code] and (code .. " (" .. names[code] .. ")") or tostring(code)
end

-- BER content octets to dots (X.690, 8.19). nil where they are none.
local function dotted(bytes)
    if bytes:len() == 0 then return ".0.0" end -- as net-snmp shows the empty one
    local arcs, arc, is_open = {}, UInt64(0), false
    for i = 0, bytes:len() - 1 do
        local octet = bytes:get_index(i)
        arc = arc:lshift(7):bor(UInt64(bit.band(octet, 0x7f)))
        is_open = octet >= 0x80
        if not is_open then
            if #arcs == 0 then
                local first = arc:tonumber()
                local top = math.min(math.floor(first / 40), 2)
                arcs = { tostring(top), tostring(first - 40 * top) }
            else
                table.insert(arcs, tostring(arc))
            end
            arc = UInt64(0)
        end
    end
    return not is_open and ("." .. table.concat(arcs, ".")) or nil
end

local function quoted(bytes)
    for i = 0, bytes:len() - 1 do
        local c = bytes:get_index(i)
        if c < 0x20 and c ~= 9 and c ~= 10 and c ~= 13 or c > 0x7e then
            return (bytes:tohex(false, " "))
        end
    end
    return '"' .. bytes:raw():gsub("[\r\n\t]", { ["\r"] = "\\r", ["\n"] = "\\n", ["\t"] = "\\t" }) .. '"'
end

local value_text -- of a word; nil where it is no value

-- What an object of that type is, in the octets it takes.
local function object_text(kind, range, heap, budget)
    local size = range and range:len() or 0
    if kind == 0 and size == 8 then return tostring(range:int64()) end
    if kind == 1 and size == 4 then return tostring(range:ipv4()) end
    if kind == 1 and size == 16 then return tostring(range:ipv6()) end
    if kind == 2 then return range and quoted(range:bytes()) or '""' end
    if kind == 5 and size == 8 then return string.format("%.17g", range:float()) end
    if kind == 6 then return dotted(range and range:bytes() or ByteArray.new()) end
    if kind == 4 and size % 8 == 0 then
        local fields = {}
        for at = 0, size - 8, 8 do
            local text = value_text(range:range(at, 8), heap, budget)
            if not text then return nil end
            table.insert(fields, text)
        end
        return "(" .. table.concat(fields, ", ") .. ")"
    end
    return nil
end

local function place(heap, offset, length)
    if length == 0 then return true, nil end
    if not heap or offset + length > heap:len() then return false, nil end
    return true, heap:range(offset, length)
end

value_text = function(word, heap, budget)
    budget.left = budget.left - 1
    if budget.left < 0 then return nil end
    local tag = bit.rshift(word:range(0, 1):uint(), 4)
    if tag == 0 then return tostring(word:int64():lshift(4):arshift(4)) end
    if tag == 1 then return tostring(word:range(4, 4):ipv4()) end
    if tag == 3 then return "exc:" .. name_of(EXCEPTIONS, word:range(4, 4):uint()) end
    if not TYPES[tag] then return nil end
    local is_inside, range = place(heap, word:range(4, 2):uint(), word:range(6, 2):uint())
    if not is_inside then return nil end
    return object_text(tag % 8, range, heap, budget)
end

-- Code -----------------------------------------------------------------------------------------------------------

local CONSTANTS = { [0x11] = 0, [0x12] = 1, [0x13] = 2, [0x15] = 4, [0x16] = 5, [0x17] = 6 }

local function signed24(n) return n >= 0x800000 and n - 0x1000000 or n end

-- The operand as assembly text has it.
local function operand_text(opcode, kind, n, index, heap)
    if kind == "None" then return n ~= 0 and string.format(" ?0x%06x", n) or "" end
    if kind == "Int" or kind == "Count" then return " " .. signed24(n) end
    if kind == "Label" then return string.format(" %+d -> %d", signed24(n), index + signed24(n)) end
    if kind == "Exc" then return " exc:" .. name_of(EXCEPTIONS, n) end
    if kind == "Service" then return ' "' .. (SERVICES[n] or string.format("0x%06x", n)) .. '"' end
    local is_inside, range = place(heap, bit.rshift(n, 12) * 4, bit.band(n, 0xfff))
    local text = is_inside and object_text(CONSTANTS[opcode], range, heap, { left = MAX_VALUES })
    return " " .. (text or "(outside the heap)")
end

local function show_code(range, header, heap, tree)
    local branch = tree:add(f.code, range):set_text("Code: " .. range:len() / 4 .. " instructions")
    for at = 0, range:len() - 4, 4 do
        local word = range:range(at, 4)
        local opcode, n, index = word:range(0, 1):uint(), word:range(1, 3):uint(), at / 4
        local row = OPCODES[opcode]
        local item = branch:add(f.instruction, word:range(0, 1))
        local text = row and row[1] .. operand_text(opcode, row[2], n, index, heap) or string.format("0x%02x ?", opcode)
        item:set_text(string.format("%s%3d  %s", index == header.entry and ">" or " ", index, text))
        item:set_len(4)
        if not row then item:add_proto_expert_info(e.opcode) end
        if row and row[2] == "Service" then
            item:add(f.service, word:range(1, 3), SERVICES[n] or string.format("0x%06x", n))
        end
    end
end

local function show_stack(range, heap, tree)
    local branch = tree:add(f.stack, range):set_text("Stack: " .. range:len() / 8 .. " values, top first")
    local values, budget = {}, { left = MAX_VALUES }
    for at = range:len() - 8, 0, -8 do
        local word = range:range(at, 8)
        local text = value_text(word, heap, budget)
        local kind = TYPES[bit.rshift(word:range(0, 1):uint(), 4)] or "?"
        local item = branch:add(f.value, word, text or "?")
        item:set_text(string.format("s[%d]  %s%s", #values, kind == "exc" and "" or kind .. " ", text or "?"))
        if not text then item:add_proto_expert_info(e.value) end
        table.insert(values, { text = text or "?", kind = kind, word = word })
    end
    return values
end

-- Top of a report's stack, docs/snap.md section 8.
local function show_report(values, tree)
    if not values[1] or values[1].kind ~= "int" then return nil end
    local reason = values[1].word:range(4, 4)
    tree:add(f.report_reason, reason):add_proto_expert_info(e.failed)
    local summary = "Report: " .. (reasons[reason:uint()] or ("reason " .. reason:uint()))
    if #values >= 5 then
        tree:add(f.report_index, values[2].word, values[2].text)
        tree:add(f.report_node, values[3].word, values[3].text)
        tree:add(f.report_opcode, values[4].word:range(7, 1))
        tree:add(f.report_count, values[5].word, values[5].text)
        summary = summary .. " at " .. values[3].text .. ", instruction " .. values[2].text
    end
    return summary
end

-- Packet ---------------------------------------------------------------------------------------------------------

local function show_header(tvb, tree)
    local flags = tvb(1, 1)
    local header = { flags = flags:uint(), port = tvb(2, 2):uint(), id = tvb(4, 2):uint(), bound = tvb(6, 2):uint() }
    header.is_v6 = bit.band(header.flags, FLAG_V6) ~= 0
    header.is_report = bit.band(header.flags, FLAG_REPORT) ~= 0
    header.size = header.is_v6 and HEADER6 or HEADER4

    local version = tree:add(f.version, tvb(0, 1))
    if tvb(0, 1):uint() ~= 2 then version:add_proto_expert_info(e.version) end
    local bits = tree:add(f.flags, flags)
    for _, bit_field in ipairs({ f.authenticated, f.trimmable, f.ipv6_origin, f.report, f.reserved }) do
        bits:add(bit_field, flags)
    end
    tree:add(f.port, tvb(2, 2))
    tree:add(f.id, tvb(4, 2))
    tree:add(f.bound, tvb(6, 2))
    return header
end

local function show_rest_of_header(tvb, header, tree)
    header.entry, header.code, header.heap, header.stack =
        tvb(8, 2):uint(), tvb(10, 2):uint(), tvb(12, 2):uint(), tvb(14, 2):uint()
    local entry = tree:add(f.entry, tvb(8, 2))
    if header.code > 0 and header.entry * 4 >= header.code then entry:add_proto_expert_info(e.entry) end
    tree:add(f.code_size, tvb(10, 2))
    tree:add(f.heap_size, tvb(12, 2))
    tree:add(f.stack_size, tvb(14, 2))
    if header.is_v6 then
        tree:add(f.origin6, tvb(16, 16))
        header.origin = tostring(tvb(16, 16):ipv6())
    else
        tree:add(f.origin4, tvb(16, 4))
        header.origin = tostring(tvb(16, 4):ipv4())
    end
    if header.code % 4 + header.heap % 4 + header.stack % 8 ~= 0 then
        tree:add_proto_expert_info(e.lengths)
        return false
    end
    return true
end

local function show_sections(tvb, header, tree)
    local at, left = header.size, tvb:len() - header.size
    if header.code + header.heap + header.stack > left then
        tree:add_proto_expert_info(e.short) -- also where an ICMP error quotes a packet's beginning
    elseif header.code + header.heap + header.stack < left then
        tree:add_proto_expert_info(e.long)
    end
    local function section(size)
        local there = math.min(size, math.max(tvb:len() - at, 0))
        local range = there > 0 and tvb(at, there) or nil
        at = at + size
        return range
    end
    local code, heap, stack = section(header.code), section(header.heap), section(header.stack)
    if code and code:len() >= 4 then show_code(code:range(0, code:len() - code:len() % 4), header, heap, tree) end
    if heap then tree:add(f.heap, heap) end
    local values = {}
    if stack and stack:len() == header.stack then values = show_stack(stack, heap, tree) end
    return values
end

local function kind_of(header)
    return header.is_report and 2 or (header.code == 0 and 1 or 0)
end

local function summary_of(header, values, tree)
    local about = string.format("port %d id %d bound %d", header.port, header.id, header.bound)
    if header.is_report then return (show_report(values, tree) or "Report") .. ", " .. about end
    local texts = {}
    for _, value in ipairs(values) do table.insert(texts, 1, value.text) end
    local stack = #texts > 0 and " [" .. table.concat(texts, ", ") .. "]" or ""
    if header.code == 0 then return "Delivery from " .. header.origin .. ", " .. about .. stack end
    return string.format("Program of %s, %s, entry %d of %d%s", header.origin, about, header.entry, header.code / 4,
                         stack)
end

function snap.dissector(tvb, pinfo, root)
    if tvb:len() == 0 then return 0 end
    pinfo.cols.protocol = "SNAP"
    local tree = root:add(snap, tvb())
    if tvb:len() < 8 then
        tree:add_proto_expert_info(e.short)
        pinfo.cols.info = "SNAP packet cut off in its header"
        return tvb:len()
    end
    local header = show_header(tvb, tree)
    local about = string.format("port %d id %d bound %d", header.port, header.id, header.bound)
    if tvb:len() < header.size then -- the eight octets that old routers quote in an ICMP error
        tree:add_proto_expert_info(e.short)
        pinfo.cols.info = "SNAP packet cut off in its header, " .. about
        return tvb:len()
    end
    local is_readable = show_rest_of_header(tvb, header, tree)
    tree:add(f.kind, kind_of(header)):set_generated()
    if not is_readable then
        pinfo.cols.info = "Malformed SNAP packet, " .. about
        return tvb:len()
    end
    local values = show_sections(tvb, header, tree)
    local summary = summary_of(header, values, tree)
    tree:append_text(", " .. summary)
    pinfo.cols.info = summary
    return tvb:len()
end

-- Where it is found: the numbers may be set otherwise in the preferences.
local at = {}
local function take_up_numbers()
    local by_ip, by_udp = DissectorTable.get("ip.proto"), DissectorTable.get("udp.port")
    if at.protocol then by_ip:remove(at.protocol, snap) end
    if at.udp_port then by_udp:remove(at.udp_port, snap) end
    at.protocol, at.udp_port = snap.prefs.protocol, snap.prefs.udp_port
    by_ip:add(at.protocol, snap)
    by_udp:add(at.udp_port, snap)
end
snap.prefs_changed = take_up_numbers
take_up_numbers()
