#pragma once
/// All of the public interface.
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"
#include "radloom/engine.hpp"
#include "radloom/error.hpp"
#include "radloom/filter.hpp"
#include "radloom/geometry.hpp"
#include "radloom/io.hpp"
#include "radloom/map.hpp"
#include "radloom/mask.hpp"
#include "radloom/record.hpp"
#include "radloom/volume.hpp"
