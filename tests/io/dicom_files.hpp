#pragma once
// DICOM files written by hand, element by element (PS3.5, section 7), in any of the plain transfer syntaxes.
#include <cstdio>
#include <initializer_list>

#include "io/files.hpp"

namespace radloom::test {

struct DicomDataset;

struct DicomField {
  unsigned group, element;
  std::string type, value;
  std::vector<DicomDataset> items;
};

/// Elements in the order they are added. Numbers of two and four bytes are given as numbers, so that they can be swapped.
struct DicomDataset {
  std::vector<DicomField> fields;

  DicomDataset& text(unsigned group, unsigned element, const std::string& type, std::string value) {
    return set({group, element, type, std::move(value), {}});
  }
  DicomDataset& number(unsigned group, unsigned element, unsigned value) {
    return set({group, element, "US", std::to_string(value), {}});
  }
  DicomDataset& sequence(unsigned group, unsigned element, std::vector<DicomDataset> items) {
    return set({group, element, "SQ", "", std::move(items)});
  }
  DicomDataset& drop(unsigned group, unsigned element) {
    std::erase_if(fields, [&](const DicomField& f) { return f.group == group && f.element == element; });
    return *this;
  }
  /// Replaces the element, or puts it where its tag belongs.
  DicomDataset& set(DicomField field) {
    const auto key = [](const DicomField& f) { return f.group << 16 | f.element; };
    drop(field.group, field.element);
    const auto at =
        std::find_if(fields.begin(), fields.end(), [&](const DicomField& f) { return key(f) > key(field); });
    fields.insert(at, std::move(field));
    return *this;
  }
};

struct DicomSyntax {
  std::string uid = "1.2.840.10008.1.2.1";
  bool with_type = true, big = false, undefined_lengths = false;
};
inline const DicomSyntax explicit_little{};
inline const DicomSyntax implicit_little{"1.2.840.10008.1.2", false, false, false};
inline const DicomSyntax explicit_big{"1.2.840.10008.1.2.2", true, true, true};

inline std::string dicom_bytes(const DicomDataset& dataset, const DicomSyntax& syntax) {
  std::string all;
  for (const DicomField& field : dataset.fields) {
    std::string value = field.value;
    bool undefined = false;
    if (field.type == "US") value = bytes_of_number(std::uint16_t(std::stoul(value)), syntax.big);
    for (const DicomDataset& item : field.items) {
      const std::string inner = dicom_bytes(item, syntax);
      value += bytes_of_number(std::uint16_t(0xFFFE), syntax.big) + bytes_of_number(std::uint16_t(0xE000), syntax.big);
      value +=
          bytes_of_number(syntax.undefined_lengths ? 0xFFFFFFFFU : std::uint32_t(inner.size()), syntax.big) + inner;
      if (syntax.undefined_lengths)
        value += bytes_of_number(std::uint16_t(0xFFFE), syntax.big) +
                 bytes_of_number(std::uint16_t(0xE00D), syntax.big) + std::string(4, '\0');
    }
    if (field.type == "SQ" && syntax.undefined_lengths) {
      undefined = true;
      value += bytes_of_number(std::uint16_t(0xFFFE), syntax.big) + bytes_of_number(std::uint16_t(0xE0DD), syntax.big) +
               std::string(4, '\0');
    }
    if (field.type == "encapsulated") undefined = true;
    else if (value.size() % 2 != 0) value += field.type == "UI" || field.type[0] == 'O' ? '\0' : ' ';
    const std::string type = field.type == "encapsulated" ? "OB" : field.type;
    all += bytes_of_number(std::uint16_t(field.group), syntax.big) +
           bytes_of_number(std::uint16_t(field.element), syntax.big);
    const std::uint32_t length = undefined ? 0xFFFFFFFFU : std::uint32_t(value.size());
    if (!syntax.with_type) all += bytes_of_number(length, syntax.big);
    else if (type[0] == 'O' || type == "SQ" || type == "UN" || type == "UT")
      all += type + std::string(2, '\0') + bytes_of_number(length, syntax.big);
    else all += type + bytes_of_number(std::uint16_t(length), syntax.big);
    all += value;
  }
  return all;
}

/// A whole file: preamble, mark, meta information, dataset.
inline std::string dicom_file(const DicomDataset& dataset, const DicomSyntax& syntax = explicit_little) {
  DicomDataset meta;
  meta.text(2, 0x10, "UI", syntax.uid);
  for (const DicomField& field : dataset.fields) {
    if (field.group == 8 && field.element == 0x16) meta.text(2, 2, "UI", field.value);
    if (field.group == 8 && field.element == 0x18) meta.text(2, 3, "UI", field.value);
  }
  const std::string inner = dicom_bytes(meta, explicit_little);
  return std::string(128, '\0') + "DICM" + bytes_of_number(std::uint16_t(2)) + bytes_of_number(std::uint16_t(0)) +
         "UL" + bytes_of_number(std::uint16_t(4)) + bytes_of_number(std::uint32_t(inner.size())) + inner +
         dicom_bytes(dataset, syntax);
}

/// Compressed pixels (PS3.5, A.4), the value of an element of the type "encapsulated": a table of where frames begin, and pieces.
inline std::string encapsulated(
    const std::vector<std::string>& pieces, const std::vector<std::uint32_t>& frame_offsets = {}) {
  const auto mark = [](unsigned element, std::size_t length) {
    return bytes_of_number(std::uint16_t(0xFFFE)) + bytes_of_number(std::uint16_t(element)) +
           bytes_of_number(std::uint32_t(length));
  };
  std::string all = mark(0xE000, 4 * frame_offsets.size()) + bytes_of_numbers(frame_offsets);
  for (const std::string& piece : pieces)
    all += mark(0xE000, (piece.size() + 1) / 2 * 2) + piece + std::string(piece.size() % 2, '\0');
  return all + mark(0xE0DD, 0);
}

/// Numbers as DICOM writes them (DS): at most 16 characters each.
inline std::string decimal_text(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) {
    std::array<char, 32> one{};
    for (int digits = 16; digits > 0; --digits)
      if (std::snprintf(one.data(), one.size(), "%.*g", digits, number) <= 16) break;
    text += (text.empty() ? "" : "\\") + std::string(one.data());
  }
  return text;
}

/// One slice of a CT of 4 x 3 pixels, 2.5 mm from the next.
inline DicomDataset ct_slice(int number, const std::vector<std::int16_t>& pixels, bool big = false) {
  DicomDataset d;
  d.text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.2").text(8, 0x18, "UI", "1.2.3." + std::to_string(100 - number));
  d.text(8, 0x60, "CS", "CT").text(0x20, 0xD, "UI", "1.2.3").text(0x20, 0xE, "UI", "1.2.3.4");
  d.text(0x20, 0x13, "IS", std::to_string(number)).text(0x20, 0x52, "UI", "1.2.3.5");
  d.text(0x20, 0x32, "DS", decimal_text({-10.5, 20.25, 2.5 * number - 7}));
  d.text(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0").text(0x28, 0x30, "DS", "0.75\\0.5");
  d.number(0x28, 2, 1).text(0x28, 4, "CS", "MONOCHROME2").number(0x28, 0x10, 3).number(0x28, 0x11, 4);
  d.number(0x28, 0x100, 16).number(0x28, 0x101, 16).number(0x28, 0x102, 15).number(0x28, 0x103, 1);
  d.text(0x28, 0x1052, "DS", "-1024").text(0x28, 0x1053, "DS", "1");
  return d.text(0x7FE0, 0x10, "OW", bytes_of_numbers(pixels, big));
}

/// Pixels that tell slices, rows and columns apart.
inline std::vector<std::int16_t> slice_pixels(int number) {
  std::vector<std::int16_t> pixels;
  for (int i = 0; i < 12; ++i) pixels.push_back(std::int16_t(1000 * number + 10 * (i / 4) + i % 4 - 1500));
  return pixels;
}

inline std::string from_base64(const std::string& text) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    if (c == '=') break;
    held = held << 6 | unsigned(letters.find(c));
    bits += 6;
    if (bits >= 8) bytes += char(held >> (bits -= 8) & 0xFF);
  }
  return bytes;
}

using Loop = std::vector<std::array<double, 2>>;

struct Contour {
  double z = 0;
  Loop points;
  std::string type = "CLOSED_PLANAR";
};
struct Roi {
  int number = 1;
  std::string name;
  std::vector<Contour> contours;
};

/// A structure set whose points are given in indices of the grid.
inline DicomDataset structure_set(const Geometry& grid, const std::vector<Roi>& rois) {
  DicomDataset d;
  d.text(8, 5, "CS", "ISO_IR 100").text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.481.3").text(8, 0x18, "UI", "1.2.3.77");
  d.text(8, 0x60, "CS", "RTSTRUCT");
  std::vector<DicomDataset> structures, outlines;
  for (const Roi& roi : rois) {
    DicomDataset structure, outline;
    structure.text(0x3006, 0x22, "IS", std::to_string(roi.number)).text(0x3006, 0x24, "UI", "1.2.3.5");
    structures.push_back(structure.text(0x3006, 0x26, "LO", roi.name));
    std::vector<DicomDataset> contours;
    for (const Contour& contour : roi.contours) {
      DicomDataset c;
      std::string numbers;
      for (const auto& [x, y] : contour.points) {
        const auto p = grid.to_physical({x, y, contour.z});
        numbers += (numbers.empty() ? "" : "\\") + decimal_text({p[0], p[1], p[2]});
      }
      c.text(0x3006, 0x42, "CS", contour.type).text(0x3006, 0x46, "IS", std::to_string(contour.points.size()));
      contours.push_back(c.text(0x3006, 0x50, "DS", numbers));
    }
    outline.sequence(0x3006, 0x40, contours).text(0x3006, 0x84, "IS", std::to_string(roi.number));
    outlines.push_back(outline);
  }
  return d.sequence(0x3006, 0x20, structures).sequence(0x3006, 0x39, outlines);
}

}  // namespace radloom::test
