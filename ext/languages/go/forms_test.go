package redlite_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// fits tells whether a reply is what the scenario expects.
func fits(reply, expected any) bool {
	switch expected := expected.(type) {
	case nil:
		return reply == nil
	case map[string]any:
		for form, wanted := range expected {
			return forms[form](reply, wanted)
		}
		return false
	case []any:
		list, ok := reply.([]any)
		return ok && slices.EqualFunc(list, expected, fits)
	}
	if _, failed := reply.(error); failed || reply == nil {
		return false
	}
	return fmt.Sprint(reply) == fmt.Sprint(expected)
}

var forms map[string]func(reply, wanted any) bool

func init() {
	forms = map[string]func(reply, wanted any) bool{
		"any": func(reply, _ any) bool {
			_, failed := reply.(error)
			return !failed
		},
		"error": func(reply, wanted any) bool {
			err, failed := reply.(error)
			return failed && strings.HasPrefix(err.Error(), wanted.(string))
		},
		"has": func(reply, wanted any) bool { return has(mapOf(reply), wanted.(map[string]any)) },
		"hex": func(reply, wanted any) bool { return reply == unhex(wanted) },
		"near": func(reply, wanted any) bool {
			got, err := strconv.ParseFloat(fmt.Sprint(reply), 64)
			number, _ := wanted.(json.Number).Float64()
			return err == nil && math.Abs(got-number) < 0.001
		},
		"pairs": func(reply, wanted any) bool {
			all := wanted.(map[string]any)
			return len(mapOf(reply)) == len(all) && has(mapOf(reply), all)
		},
		"size": func(reply, wanted any) bool {
			list, ok := reply.([]any)
			return ok && fmt.Sprint(len(list)) == fmt.Sprint(wanted)
		},
		"unordered": func(reply, wanted any) bool { return fits(sorted(reply), sorted(wanted)) },
	}
}

func has(reply, wanted map[string]any) bool {
	for name, item := range wanted {
		value, there := reply[name]
		if !there || !fits(value, item) {
			return false
		}
	}
	return true
}

func mapOf(reply any) map[string]any {
	switch reply := reply.(type) {
	case map[string]any:
		return reply
	case []any:
		result := map[string]any{}
		for pair := range slices.Chunk(reply, 2) {
			result[fmt.Sprint(pair[0])] = pair[1]
		}
		return result
	}
	return nil
}

func sorted(list any) []any {
	copied := slices.Clone(list.([]any))
	slices.SortFunc(copied, func(a, b any) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	return copied
}

func unhex(text any) string {
	bytes, err := hex.DecodeString(text.(string))
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

// plain is a value of a method as JSON would have it.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		for name, item := range copied {
			copied[name] = plain(item)
		}
		return copied
	case []map[string]any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = plain(item)
		}
		return list
	case []string:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = item
		}
		return list
	}
	return value
}
