#!/usr/bin/python3 -B
"""Asks the agent on this machine by pysnmp, in each version and security level, and prints what came."""

import sys

from pysnmp.hlapi import (CommunityData, ContextData, ObjectIdentity, ObjectType, OctetString, SnmpEngine,
                          UdpTransportTarget, UsmUserData, bulkCmd, getCmd, nextCmd, setCmd,
                          usmAesCfb128Protocol, usmDESPrivProtocol, usmHMACMD5AuthProtocol, usmHMACSHAAuthProtocol)

NAME, LOCATION, CONTACT, DESCR = (f"1.3.6.1.2.1.1.{arc}.0" for arc in (5, 6, 4, 1))
PRINCIPALS = {
    "v1": CommunityData("private", mpModel=0),
    "v2c": CommunityData("private", mpModel=1),
    "noAuthNoPriv": UsmUserData("plain"),
    "MD5/DES": UsmUserData("md5des", "authpassphrase", "privpassphrase", authProtocol=usmHMACMD5AuthProtocol,
                           privProtocol=usmDESPrivProtocol),
    "SHA/AES": UsmUserData("shaaes", "authpassphrase", "privpassphrase", authProtocol=usmHMACSHAAuthProtocol,
                           privProtocol=usmAesCfb128Protocol),
    "wrong password": UsmUserData("shaaes", "wrongpassphrase", "privpassphrase", authProtocol=usmHMACSHAAuthProtocol,
                                  privProtocol=usmAesCfb128Protocol),
    "unknown user": UsmUserData("stranger"),
}


def show(verb, answers, limit=1):
    for _, (problem, status, index, pairs) in zip(range(limit), answers):
        print(f"  {verb}: {problem} {int(status)} {int(index)}")
        for name, value in pairs:
            print(f"    {name} = {value.__class__.__name__} {value.prettyPrint()}")


def main():
    # A new engine each time: pysnmp remembers time and engines of whom it asked.
    for principal, credentials in PRINCIPALS.items():
        print(principal)
        to = (credentials, UdpTransportTarget(("127.0.0.1", 161), timeout=20, retries=0), ContextData())
        objects = [ObjectType(ObjectIdentity(oid)) for oid in (NAME, LOCATION)]
        engine = SnmpEngine()
        show("get", getCmd(engine, *to, *objects, lookupMib=False))
        if principal in ("wrong password", "unknown user"):
            continue
        show("get of nothing", getCmd(engine, *to, ObjectType(ObjectIdentity("1.3.6.1.9.9")), lookupMib=False))
        show("next", nextCmd(engine, *to, ObjectType(ObjectIdentity("1.3.6.1.2.1.1.4")), lookupMib=False), limit=3)
        if principal != "v1":
            show("bulk", bulkCmd(engine, *to, 1, 4, ObjectType(ObjectIdentity("1.3.6.1.2.1.1.4")),
                                 ObjectType(ObjectIdentity("1.3.6.1.2.1.2.2.1.2")), lookupMib=False), limit=4)
        show("set", setCmd(engine, *to, ObjectType(ObjectIdentity(CONTACT), OctetString("by " + principal)),
                           lookupMib=False))
        show("set of what cannot be", setCmd(engine, *to, ObjectType(ObjectIdentity(CONTACT), OctetString("undone")),
                                             ObjectType(ObjectIdentity(DESCR), OctetString("x")), lookupMib=False))
        show("get", getCmd(engine, *to, ObjectType(ObjectIdentity(CONTACT)), lookupMib=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
