/// GnuTLS 3, wrapped by the module TLS alone.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

/// The number of the last failed system call of this thread, which Swift's own `errno` reads later than it may.
static inline int CGnuTLS_errno(void) { return errno; }

/// Offers `http/1.1` by ALPN (RFC 7301), or takes it where it is offered. Returns 0, or an error.
static inline int CGnuTLS_offer_http(gnutls_session_t session, unsigned flags) {
    static unsigned char name[] = "http/1.1";  // sessions may point to it
    const gnutls_datum_t offered = {name, sizeof name - 1};
    return gnutls_alpn_set_protocols(session, &offered, 1, flags);
}

/// Has a client's session verify that the peer's certificate is trusted, a server's, and of that name or address if one is
/// given. Returns what the session points to from then on, to be freed after it; NULL without memory.
static inline void *CGnuTLS_verify_server(gnutls_session_t session, const char *name) {
    struct {
        gnutls_typed_vdata_st demands[2];
        unsigned char address[16];
        char name[];
    } *kept = calloc(1, sizeof *kept + (name == NULL ? 0 : strlen(name) + 1));
    unsigned count = 1;
    if (kept == NULL) return NULL;
    kept->demands[0].type = GNUTLS_DT_KEY_PURPOSE_OID;
    kept->demands[0].data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER;
    if (name != NULL) {
        gnutls_typed_vdata_st *who = &kept->demands[count++];
        if (inet_pton(AF_INET, name, kept->address) == 1) {
            *who = (gnutls_typed_vdata_st){GNUTLS_DT_IP_ADDRESS, kept->address, 4};
        } else if (inet_pton(AF_INET6, name, kept->address) == 1) {
            *who = (gnutls_typed_vdata_st){GNUTLS_DT_IP_ADDRESS, kept->address, 16};
        } else {
            strcpy(kept->name, name);
            *who = (gnutls_typed_vdata_st){GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)kept->name, 0};
        }
    }
    gnutls_session_set_verify_cert2(session, kept->demands, count, 0);
    return kept;
}

/// Gives back what GnuTLS allocated; a variable that holds a function, which Swift takes for shared mutable state.
static inline void CGnuTLS_free(void *memory) { gnutls_free(memory); }

/// Overwrites what was secret, then gives it back.
static inline void CGnuTLS_free_secret(gnutls_datum_t *secret) {
    if (secret->data == NULL) return;
    gnutls_memset(secret->data, 0, secret->size);
    gnutls_free(secret->data);
    secret->size = 0;
}

/// Gives back what `gnutls_x509_crt_list_import2` made.
static inline void CGnuTLS_free_certificates(gnutls_x509_crt_t *certificates, unsigned count) {
    for (unsigned each = 0; each < count; each++) gnutls_x509_crt_deinit(certificates[each]);
    gnutls_free(certificates);
}
