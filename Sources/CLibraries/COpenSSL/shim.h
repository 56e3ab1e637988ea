/// OpenSSL 3, wrapped by the module Crypto alone.
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

/// Macros, which Swift does not see.
static inline int COpenSSL_get_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}

static inline int COpenSSL_set_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, tag);
}
