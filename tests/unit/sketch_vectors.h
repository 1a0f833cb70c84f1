/* SPDX-License-Identifier: MIT
 * Made by bench/sketch_vectors.c. */
static const uint32_t signature_affine_1[] = {0x9f8ee895, 0xac1c6d85, 0x6fe3f115, 0x7410be8d, 0xf1f92e1f,
                                              0xc4ab49a9, 0x5a9f2fad, 0xbe1dff75, 0xcd577a6d, 0x1271719d,
                                              0x85f50d19, 0x99789aed, 0x50118bcd, 0x989bf913, 0x38f29d6f,
                                              0x4207de95, 0xd75a55da, 0x61c246ca, 0x73a15dbe, 0x6c05d6ce};
static const uint32_t keys_affine_1[] = {0x479af578, 0x133d3a4a, 0x0dc7aa76, 0xa9fc5dfc};
static const uint32_t signature_affine_7[] = {0x0df9b555, 0x21bf4b2f, 0x0203e7df, 0x1a533c2d, 0x132e5523,
                                              0x2f9f4c1b, 0x179e66a7, 0x46b3d435, 0x6af43c5f, 0x1271719d,
                                              0x0fdd646b, 0x023715b9, 0x0c30b16d, 0x09952e47, 0x38f29d6f,
                                              0x41912b55, 0x1ce8e048, 0x183295be, 0x1f81da98, 0x08a3718a};
static const uint32_t keys_affine_7[] = {0x4ee4a761, 0xc36939a7, 0x0cf9fed9, 0x97d8dace};
static const uint32_t signature_affine_100[] = {0x009eac0f, 0x0147cf19, 0x0006622d, 0x031c0ea2, 0x00187098,
                                                0x00282165, 0x02bcf254, 0x0b055792, 0x0a27357d, 0x04a35109,
                                                0x00f8456e, 0x023715b9, 0x0b8fa071, 0x0035eaf5, 0x005976d2,
                                                0x02fcc5ab, 0x005dc329, 0x02941e37, 0x0327f742, 0x002abc4b};
static const uint32_t keys_affine_100[] = {0x034128ca, 0xdc17c2f7, 0x47bea60c, 0x0519d094};
static const uint32_t signature_fss_1[] = {0xe7e3ba25, 0xeb071b61, 0xdbf8fc45, 0xdd042fa3, 0x06705c96,
                                           0xf12ad26a, 0xd6a7cbeb, 0xef877fdd, 0xf355de9b, 0xc49c5c67,
                                           0x4526f1f2, 0xe65e26bb, 0xd40462f3, 0xa0c88c91, 0xce3ca75b,
                                           0xd081f7a5, 0xd0e0f571, 0xc8b2fdcb, 0xdb2d78e7, 0xfcdf584d};
static const uint32_t keys_fss_1[] = {0xe79cc7b7, 0x5f63f55c, 0xd02d7449, 0xd6edc873};
static const uint32_t signature_fss_7[] = {0x5612345b, 0xc86fd2cb, 0x3522013d, 0x35070a88, 0x06705c96,
                                           0xcbe7d306, 0xc5e799a9, 0xbd7cde38, 0xdabd0f17, 0xc49c5c67,
                                           0x4526f1f2, 0x66fd76c4, 0xc30c2c5b, 0xa0c88c91, 0xa24f9e1a,
                                           0x1dbbb38f, 0x097c55c1, 0xb3f57546, 0xc625981d, 0x5981caa1};
static const uint32_t keys_fss_7[] = {0xae50a78a, 0xdef8c3d5, 0xddd777bf, 0xb1521aee};
static const uint32_t signature_fss_100[] = {0x3e01460b, 0x08d813d3, 0x01ec6e75, 0x0b8d106d, 0x06705c96,
                                             0x2f6bdb36, 0x1907fd00, 0x014bcb4b, 0x06054524, 0x13d7e520,
                                             0x072249a0, 0x18075ce9, 0x038b978e, 0x03c12346, 0x0d797ee3,
                                             0x0c4409eb, 0x03d70d89, 0x00afc883, 0x103b6fc2, 0x04731051};
static const uint32_t keys_fss_100[] = {0x02ac1bb3, 0x42de163a, 0x7f9d82d6, 0x2d6777be};
