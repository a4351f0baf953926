#pragma once
// Marching cubes at the half level of a binary mask (Lorensen & Cline 1987, in Bourke's numbering of corners and edges).
// Which diagonal splits a polygon decides volume and area, so the triangles are those that PyRadiomics 3 takes.
#include <array>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::shape {

/// Corners of a cube, as (x, y, z).
inline constexpr std::array<std::array<int, 3>, 8> cube_corner{
    {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}}};

/// The two corners each of the twelve edges joins; the surface crosses an edge in its middle.
inline constexpr std::array<std::array<int, 2>, 12> cube_edge{
    {{0, 1}, {1, 2}, {3, 2}, {0, 3}, {4, 5}, {5, 6}, {7, 6}, {4, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}}};

/// Triangles of the 128 patterns whose corner 7 is outside, three edges each, an edge a hexadecimal digit. A pattern with corner 7
/// inside is its complement turned inside out.
inline constexpr std::array<const char*, 128> cube_triangles{
    "",
    "083",
    "190",
    "183198",
    "12a",
    "08312a",
    "92a029",
    "2832a8a98",
    "b23",
    "b2008b",
    "190b23",
    "b2119b98b",
    "3a1ba3",
    "a1008a8ba",
    "9033b9ba9",
    "98aba8",
    "478",
    "043473",
    "190478",
    "194147173",
    "12a478",
    "34730412a",
    "92a902478",
    "2a9297273479",
    "478b23",
    "b47b24204",
    "190478b23",
    "47b94bb29192",
    "3a1ba3478",
    "ba114b10447b",
    "4789033b9ba9",
    "47b4b99ba",
    "954",
    "954083",
    "054015",
    "854835315",
    "12a954",
    "08312a954",
    "2a5542240",
    "2a5325354834",
    "954b23",
    "b2008b954",
    "054015b23",
    "215258b28548",
    "3a1ba3954",
    "549a1008a8ba",
    "54050ba5bb03",
    "548a58ba8",
    "789579",
    "309539357",
    "780017715",
    "157173",
    "78957912a",
    "12a309395357",
    "0288258572a5",
    "2a5253357",
    "579789b23",
    "579972209b27",
    "b23018178157",
    "21b17b157",
    "7895793a1ba3",
    "5705097b0a10ba0",
    "ba003ba50078570",
    "ba557b",
    "65a",
    "08365a",
    "19065a",
    "18319865a",
    "165126",
    "165126083",
    "965906026",
    "598582526832",
    "b2365a",
    "b2008b65a",
    "190b2365a",
    "b2119b98b65a",
    "63b653513",
    "08b0b50515b6",
    "63b036065059",
    "65969bb98",
    "47865a",
    "04347365a",
    "19047865a",
    "19414717365a",
    "478165126",
    "043473165126",
    "478965906026",
    "739479329596269",
    "b2347865a",
    "b47b2420465a",
    "190b2347865a",
    "47b94bb2919265a",
    "47863b653513",
    "51b5b610b47b04b",
    "47863b036065059",
    "65969b4797b9",
    "a4964a",
    "a4964a083",
    "01aa60640",
    "18316886461a",
    "149124264",
    "149124264083",
    "024426",
    "832824426",
    "b23a4964a",
    "b2008ba4964a",
    "b2301aa60640",
    "64161a148b2118b",
    "964369139b63",
    "18b081b61149641",
    "63b036640",
    "86468b",
    "67a78a89a",
    "67a0a709a073",
    "67a1a7178018",
    "67a1a7173",
    "126168189678",
    "269129679309739",
    "078706602",
    "273267",
    "b2367a78a89a",
    "207b2709767a9a7",
    "67a1a7178018b23",
    "b2117ba61167",
    "896678169b63136",
    "09167b",
    "07870603bb60",
    "67b",
};

/// The same as plain words, which a kernel's body can carry: device code sees no string and no table of the host.
struct MeshTable {
  std::uint64_t
      triangle[128];  ///< four bits an edge, three edges a triangle, the first lowest; their number in the top four
  std::uint32_t middle[3];  ///< two bits an edge: twice the coordinate (x, y, z) of its middle

  RL_HD int triangles(int pattern) const { return int(triangle[pattern] >> 60); }
  RL_HD int edge(int pattern, int k) const { return int(triangle[pattern] >> (4 * k) & 15); }
  RL_HD int doubled_middle(int edge, int axis) const { return int(middle[axis] >> (2 * edge) & 3); }
};

constexpr MeshTable make_mesh_table() {
  MeshTable t{};
  for (int p = 0; p < 128; ++p) {
    int n = 0;
    for (const char* c = cube_triangles[std::size_t(p)]; *c; ++c, ++n)
      t.triangle[p] |= std::uint64_t(*c <= '9' ? *c - '0' : *c - 'a' + 10) << (4 * n);
    t.triangle[p] |= std::uint64_t(n / 3) << 60;
  }
  for (std::size_t d = 0; d < 3; ++d)
    for (std::size_t e = 0; e < 12; ++e)
      t.middle[d] |=
          std::uint32_t(cube_corner[std::size_t(cube_edge[e][0])][d] + cube_corner[std::size_t(cube_edge[e][1])][d])
          << (2 * e);
  return t;
}
inline constexpr MeshTable mesh_table = make_mesh_table();

}  // namespace radloom::shape
