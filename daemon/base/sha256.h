/*
 * sha256: the hash of FIPS 180-4 over bytes that are all in memory.
 *
 * For secrets that are random through and through (256 bits from the kernel): those need no slow hash. Not
 * for passwords.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

void sha256(const void *bytes, size_t n, uint8_t hash[SHA256_BYTES]);

#endif
