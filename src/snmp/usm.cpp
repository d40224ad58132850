#include "usm.hpp"

#include <algorithm>

namespace splash::snmp {

void LocalizedUser::forget() const {
    const auto* const engine = reinterpret_cast<const u_char*>(engine_.data());
    if (usmUser* const known = usm_get_user(engine, engine_.size(), name_.c_str())) {
        usm_remove_user(known);
        usm_free_user(known);
    }
}

const Usm::Key* Usm::key_of(const oid* hash, std::size_t hash_size, const std::string& password) {
    const auto [at, is_new] = keys_.try_emplace({{hash, hash + hash_size}, password});
    Key& key = at->second;
    if (is_new) {
        key.size = key.octets.size();
        std::string copy = password;
        if (generate_Ku(hash, static_cast<u_int>(hash_size), reinterpret_cast<const u_char*>(copy.data()),
                        copy.size(), key.octets.data(), &key.size) != SNMPERR_SUCCESS) {
            key.size = 0;
        }
    }
    return key.size != 0 ? &key : nullptr;
}

bool Usm::introduce(netsnmp_session& session, const node::UsmUser& user) {
    session.version = SNMP_VERSION_3;
    session.securityModel = SNMP_SEC_MODEL_USM;
    session.securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    session.securityName = const_cast<char*>(user.name.c_str());  // net-snmp copies it
    session.securityNameLen = user.name.size();
    session.flags |= SNMP_FLAGS_DONT_PROBE;
    if (user.auth.empty()) {
        return true;
    }
    const int auth = usm_lookup_auth_type(user.auth.c_str());
    session.securityAuthProto = auth < 0 ? nullptr : sc_get_auth_oid(auth, &session.securityAuthProtoLen);
    const Key* const auth_key =
        session.securityAuthProto == nullptr
            ? nullptr
            : key_of(session.securityAuthProto, session.securityAuthProtoLen, user.auth_password);
    if (auth_key == nullptr) {
        return false;
    }
    std::copy_n(auth_key->octets.begin(), auth_key->size, session.securityAuthKey);
    session.securityAuthKeyLen = auth_key->size;
    session.securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
    if (user.priv.empty()) {
        return true;
    }
    const int priv = usm_lookup_priv_type(user.priv.c_str());
    session.securityPrivProto = priv < 0 ? nullptr : sc_get_priv_oid(priv, &session.securityPrivProtoLen);
    const Key* const priv_key =
        session.securityPrivProto == nullptr
            ? nullptr
            : key_of(session.securityAuthProto, session.securityAuthProtoLen, user.priv_password);
    if (priv_key == nullptr) {
        return false;
    }
    std::copy_n(priv_key->octets.begin(), priv_key->size, session.securityPrivKey);
    session.securityPrivKeyLen = priv_key->size;
    session.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    return true;
}

Pdu Usm::discovery() {
    Pdu pdu(snmp_pdu_create(SNMP_MSG_GET));
    if (pdu) {
        pdu->version = SNMP_VERSION_3;
        pdu->securityModel = SNMP_SEC_MODEL_USM;
        pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
        pdu->securityName = static_cast<char*>(calloc(1, 1));  // nobody; null would mean the session's
    }
    return pdu;
}

std::shared_ptr<const LocalizedUser> Usm::take_engine(netsnmp_session& session) {
    std::array<u_char, MAX_ENGINEID_LENGTH> own{};
    const std::size_t own_size = snmpv3_get_engineID(own.data(), own.size());
    const std::string engine(reinterpret_cast<const char*>(session.securityEngineID),
                             session.securityEngineIDLen);
    if (engine.empty() || engine == std::string(reinterpret_cast<const char*>(own.data()), own_size)) {
        return nullptr;
    }
    std::erase_if(users_, [](const auto& user) { return user.second.expired(); });
    auto& held = users_[{engine, session.securityName}];
    auto user = held.lock();
    if (user == nullptr) {
        user = std::make_shared<const LocalizedUser>(engine, session.securityName);
        held = user;
    }
    user->forget();  // net-snmp would keep the keys it has, also when the settings have changed
    return create_user_from_session(&session) == SNMPERR_SUCCESS ? user : nullptr;
}

}  // namespace splash::snmp
