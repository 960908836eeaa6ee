/* YWSTORM_DEBUG=1 turns invariants on; setup.py defines it for every module. */
#ifndef YWSTORM_DEBUG
#define YWSTORM_DEBUG 0
#endif
