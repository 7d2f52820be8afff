/*
 * version: which release this is; the CHANGELOG says what is in it.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define BREAKEVEN_VERSION "0.1.0"

#endif
