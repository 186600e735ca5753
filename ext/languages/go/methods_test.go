package redlite_test

import (
	"context"
	"encoding/json"
	"time"

	redlite "github.com/redlite/redlite/ext/languages/go"
)

// methods are those of the scenario by name.
var methods = map[string]func(ctx context.Context, db *redlite.DB, args []any) any{
	"backup": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(plainMap(db.Backup(ctx, args[0].(string), false)))
	},
	"keyinfo": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(plainMap(db.KeyInfo(ctx, args[0].(string))))
	},
	"sql": func(ctx context.Context, db *redlite.DB, args []any) any {
		rows, err := db.SQL(ctx, args[0].(string), args[1:]...)
		return reply(rows, err)
	},
	"vacuum": func(ctx context.Context, db *redlite.DB, _ []any) any {
		return reply(plainMap(db.Vacuum(ctx)))
	},
	"geo.add": func(ctx context.Context, db *redlite.DB, args []any) any {
		err := db.Geo().Add(ctx, args[0].(string), args[1].(string), float(args[2]), float(args[3]))
		return reply(nil, err)
	},
	"geo.distance": func(ctx context.Context, db *redlite.DB, args []any) any {
		one, other := args[1].(string), args[2].(string)
		distance, err := db.Geo().Distance(ctx, args[0].(string), one, other, args[3].(string))
		return reply(distance, err)
	},
	"geo.position": func(ctx context.Context, db *redlite.DB, args []any) any {
		place, err := db.Geo().Position(ctx, args[0].(string), args[1].(string))
		if err != nil {
			return reply(nil, err)
		}
		return []any{place.Longitude, place.Latitude}
	},
	"geo.search": func(ctx context.Context, db *redlite.DB, args []any) any {
		longitude, latitude, radius := float(args[1]), float(args[2]), float(args[3])
		key, unit := args[0].(string), args[4].(string)
		members, err := db.Geo().Search(ctx, key, longitude, latitude, radius, unit)
		return reply(members, err)
	},
	"history.at": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(db.History().At(ctx, args[0].(time.Time), args[1:]...))
	},
	"history.disable": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.History().Disable(ctx, args[0].(string)))
	},
	"history.enable": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.History().Enable(ctx, args[0].(string), redlite.Keep{}))
	},
	"history.get": func(ctx context.Context, db *redlite.DB, args []any) any {
		events, err := db.History().Get(ctx, args[0].(string))
		list := make([]any, len(events))
		for i, event := range events {
			list[i] = map[string]any{
				"version": event.Version, "operation": event.Operation, "type": event.Type,
			}
		}
		return reply(list, err)
	},
	"history.get_at": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(db.History().GetAt(ctx, args[0].(string), args[1].(time.Time)))
	},
	"history.revert": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.History().Revert(ctx, args[0].(string), args[1].(time.Time)))
	},
	"json.delete": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(db.JSON().Delete(ctx, args[0].(string), args[1].(string)))
	},
	"json.get": func(ctx context.Context, db *redlite.DB, args []any) any {
		var value any
		err := db.JSON().Get(ctx, args[0].(string), args[1].(string), &value)
		return reply(value, err)
	},
	"json.merge": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.JSON().Merge(ctx, args[0].(string), args[1].(string), args[2]))
	},
	"json.set": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.JSON().Set(ctx, args[0].(string), args[1].(string), args[2]))
	},
	"search.create": func(ctx context.Context, db *redlite.DB, args []any) any {
		var schema []redlite.Field
		for name, kind := range args[2].(map[string]any) {
			schema = append(schema, redlite.Field{Name: name, Type: kind.(string)})
		}
		return reply(nil, db.Search().Create(ctx, args[0].(string), args[1].(string), schema...))
	},
	"search.drop": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.Search().Drop(ctx, args[0].(string)))
	},
	"search.query": func(ctx context.Context, db *redlite.DB, args []any) any {
		found, err := db.Search().Query(ctx, args[0].(string), args[1].(string))
		if err != nil {
			return err
		}
		documents := make([]any, len(found.Documents))
		for i, document := range found.Documents {
			documents[i] = map[string]any{"key": document.Key, "fields": document.Fields}
		}
		return map[string]any{"total": found.Total, "documents": documents}
	},
	"vectors.add": func(ctx context.Context, db *redlite.DB, args []any) any {
		key, element := args[0].(string), args[1].(string)
		return reply(nil, db.Vectors().Add(ctx, key, element, floats(args[2]), args[3]))
	},
	"vectors.attributes": func(ctx context.Context, db *redlite.DB, args []any) any {
		var attributes any
		err := db.Vectors().Attributes(ctx, args[0].(string), args[1].(string), &attributes)
		return reply(attributes, err)
	},
	"vectors.remove": func(ctx context.Context, db *redlite.DB, args []any) any {
		return reply(nil, db.Vectors().Remove(ctx, args[0].(string), args[1].(string)))
	},
	"vectors.similar": func(ctx context.Context, db *redlite.DB, args []any) any {
		filter := ""
		if len(args) > 3 {
			filter = args[3].(string)
		}
		count, _ := args[2].(json.Number).Int64()
		found, err := db.Vectors().Similar(ctx, args[0].(string), floats(args[1]), count, filter)
		list := make([]any, len(found))
		for i, each := range found {
			list[i] = []any{each.Name, each.Score}
		}
		return reply(list, err)
	},
}

// plainMap leaves nothing out of what a map is.
func plainMap(value map[string]any, err error) (any, error) {
	return value, err
}

func float(number any) float64 {
	value, _ := number.(json.Number).Float64()
	return value
}

func floats(vector any) []float32 {
	var numbers []float32
	for _, number := range vector.([]any) {
		numbers = append(numbers, float32(float(number)))
	}
	return numbers
}
