/// GnuTLS 3, wrapped by the module TLS alone.
#pragma once
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

/// The number of the last failed system call of this thread, which Swift's own `errno` reads later than it may.
static inline int CGnuTLS_errno(void) { return errno; }

/// Offers `http/1.1` by ALPN (RFC 7301), or takes it where it is offered. Returns 0, or an error.
static inline int CGnuTLS_offer_http(gnutls_session_t session, unsigned flags) {
    static unsigned char name[] = "http/1.1";  // sessions may point to it
    const gnutls_datum_t offered = {name, sizeof name - 1};
    return gnutls_alpn_set_protocols(session, &offered, 1, flags);
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
