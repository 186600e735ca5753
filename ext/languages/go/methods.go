package redlite

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// History is the past of keys. An empty key stands for all keys.
type History struct{ db *DB }

// Keep says how much of a history is kept; the zero value keeps all.
type Keep struct {
	Count int
	Time  time.Duration
}

// Enable begins the history of a key.
func (h History) Enable(ctx context.Context, key string, keep Keep) error {
	words := append([]any{"HISTORY", "ENABLE"}, scope(key)...)
	if keep.Count > 0 {
		words = append(words, "RETENTION", "COUNT", keep.Count)
	} else if keep.Time > 0 {
		words = append(words, "RETENTION", "TIME", keep.Time.Milliseconds())
	}
	_, err := h.db.run(ctx, words...)
	return err
}

// Disable ends the history of a key; what is known is kept.
func (h History) Disable(ctx context.Context, key string) error {
	_, err := h.db.run(ctx, append([]any{"HISTORY", "DISABLE"}, scope(key)...)...)
	return err
}

// Event is what happened to a key.
type Event struct {
	Version   int64
	Operation string
	Time      time.Time
	Type      string
	// Data is a string, or the elements that the event was about.
	Data any
}

// Get returns what happened to a key, the latest first.
func (h History) Get(ctx context.Context, key string) ([]Event, error) {
	reply, err := h.db.run(ctx, "HISTORY", "GET", key)
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, _ := reply.([]any)
	events := make([]Event, len(entries))
	for i, entry := range entries {
		fields, err := readMap(entry, nil)
		if err != nil {
			return nil, err
		}
		event := &events[i]
		event.Version, _ = fields["version"].(int64)
		event.Operation, _ = fields["operation"].(string)
		event.Type, _ = fields["type"].(string)
		event.Data = fields["data"]
		if ms, ok := fields["timestamp"].(int64); ok {
			event.Time = time.UnixMilli(ms)
		}
	}
	return events, nil
}

// GetAt returns what a key held at a moment.
func (h History) GetAt(ctx context.Context, key string, moment time.Time) (any, error) {
	return h.db.run(ctx, "HISTORY", "GETAT", key, moment.UnixMilli())
}

// At returns the reply of a command that only reads, as of a moment.
func (h History) At(ctx context.Context, moment time.Time, command ...any) (any, error) {
	return h.db.run(ctx, append([]any{"HISTORY", "AT", moment.UnixMilli()}, command...)...)
}

// Diff returns what changed in a key between two moments.
func (h History) Diff(ctx context.Context, key string, since, until time.Time) (any, error) {
	return h.db.run(ctx, "HISTORY", "DIFF", key, since.UnixMilli(), until.UnixMilli())
}

// Revert gives a key what it held at a moment.
func (h History) Revert(ctx context.Context, key string, moment time.Time) error {
	_, err := h.db.run(ctx, "HISTORY", "REVERT", key, moment.UnixMilli())
	return err
}

func scope(key string) []any {
	if key == "" {
		return []any{"GLOBAL"}
	}
	return []any{"KEY", key}
}

// Search has indexes over hashes, and what is found in them.
type Search struct{ db *DB }

// Field is a field of an index: its name and its type, as "TEXT WEIGHT 2".
type Field struct{ Name, Type string }

// Found is what a query finds.
type Found struct {
	Total     int64
	Documents []Document
}

// Document is a key that was found, with its fields.
type Document struct {
	Key    string
	Fields map[string]any
}

// Create makes an index of the hashes whose keys begin with a prefix.
func (s Search) Create(ctx context.Context, index, prefix string, schema ...Field) error {
	words := []any{"FT.CREATE", index, "ON", "HASH", "PREFIX", 1, prefix, "SCHEMA"}
	for _, field := range schema {
		words = append(words, field.Name)
		for _, word := range strings.Fields(field.Type) {
			words = append(words, word)
		}
	}
	_, err := s.db.run(ctx, words...)
	return err
}

// Query searches an index.
func (s Search) Query(ctx context.Context, index, query string, options ...any) (*Found, error) {
	reply, err := s.db.run(ctx, append([]any{"FT.SEARCH", index, query}, options...)...)
	if err != nil {
		return nil, err
	}
	found := &Found{}
	if list, ok := reply.([]any); ok {
		for i := 1; i+1 < len(list); i += 2 {
			fields, err := readMap(list[i+1], nil)
			if err != nil {
				return nil, err
			}
			found.Documents = append(found.Documents, Document{fmt.Sprint(list[i]), fields})
		}
		found.Total, _ = list[0].(int64)
		return found, nil
	}
	// RESP3 has a map.
	result, err := readMap(reply, nil)
	if err != nil {
		return nil, err
	}
	found.Total, _ = result["total_results"].(int64)
	results, _ := result["results"].([]any)
	for _, each := range results {
		document, err := readMap(each, nil)
		if err != nil {
			return nil, err
		}
		fields := map[string]any{}
		if attributes := document["extra_attributes"]; attributes != nil {
			if fields, err = readMap(attributes, nil); err != nil {
				return nil, err
			}
		}
		found.Documents = append(found.Documents, Document{fmt.Sprint(document["id"]), fields})
	}
	return found, nil
}

// Drop removes an index; the keys stay.
func (s Search) Drop(ctx context.Context, index string) error {
	_, err := s.db.run(ctx, "FT.DROPINDEX", index)
	return err
}

// Vectors has sets of elements that are found by how near their vectors are.
type Vectors struct{ db *DB }

// Add adds an element, or gives it another vector. Attributes may be nil.
func (v Vectors) Add(
	ctx context.Context, key, element string, vector []float32, attributes any,
) error {
	words := []any{"VADD", key, "FP32", packed(vector), element}
	if attributes != nil {
		text, err := json.Marshal(attributes)
		if err != nil {
			return err
		}
		words = append(words, "SETATTR", text)
	}
	_, err := v.db.run(ctx, words...)
	return err
}

// Similar returns the elements nearest to a vector. An empty filter lets all pass.
func (v Vectors) Similar(
	ctx context.Context, key string, vector []float32, count int64, filter string,
) ([]redis.VectorScore, error) {
	return v.similar(ctx, key, &redis.VectorFP32{Val: packed(vector)}, count, filter)
}

// SimilarTo returns the elements nearest to another. An empty filter lets all pass.
func (v Vectors) SimilarTo(
	ctx context.Context, key, element string, count int64, filter string,
) ([]redis.VectorScore, error) {
	return v.similar(ctx, key, &redis.VectorRef{Name: element}, count, filter)
}

func (v Vectors) similar(
	ctx context.Context, key string, to redis.Vector, count int64, filter string,
) ([]redis.VectorScore, error) {
	args := &redis.VSimArgs{Count: count, Filter: filter}
	return v.db.VSimWithArgsWithScores(ctx, key, to, args).Result()
}

// Attributes reads an element's attributes into a value; redis.Nil without.
func (v Vectors) Attributes(ctx context.Context, key, element string, into any) error {
	text, err := v.db.Do(ctx, "VGETATTR", key, element).Text()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// Remove removes an element.
func (v Vectors) Remove(ctx context.Context, key, element string) error {
	_, err := v.db.run(ctx, "VREM", key, element)
	return err
}

func packed(vector []float32) []byte {
	bytes := make([]byte, 0, 4*len(vector))
	for _, number := range vector {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(number))
	}
	return bytes
}

// Geo has places on the earth, by their longitudes and latitudes.
type Geo struct{ db *DB }

// Add adds a place, or moves it.
func (g Geo) Add(ctx context.Context, key, member string, longitude, latitude float64) error {
	place := &redis.GeoLocation{Name: member, Longitude: longitude, Latitude: latitude}
	return g.db.GeoAdd(ctx, key, place).Err()
}

// Position returns a place; redis.Nil without.
func (g Geo) Position(ctx context.Context, key, member string) (*redis.GeoPos, error) {
	places, err := g.db.GeoPos(ctx, key, member).Result()
	if err != nil {
		return nil, err
	}
	if places[0] == nil {
		return nil, redis.Nil
	}
	return places[0], nil
}

// Distance returns how far two places are from each other; redis.Nil if one is not there.
func (g Geo) Distance(ctx context.Context, key, one, other, unit string) (float64, error) {
	return g.db.GeoDist(ctx, key, one, other, unit).Result()
}

// Search returns the places within a circle, the nearest first.
func (g Geo) Search(
	ctx context.Context, key string, longitude, latitude, radius float64, unit string,
) ([]string, error) {
	return g.db.GeoSearch(ctx, key, &redis.GeoSearchQuery{
		Longitude: longitude, Latitude: latitude, Radius: radius, RadiusUnit: unit, Sort: "ASC",
	}).Result()
}

// JSON has documents, as values.
type JSON struct{ db *DB }

// Set sets what is at a path.
func (j JSON) Set(ctx context.Context, key, path string, value any) error {
	return j.write(ctx, "JSON.SET", key, path, value)
}

// Get reads what is at a path into a value: all that fits one from "$" on; redis.Nil without the key.
func (j JSON) Get(ctx context.Context, key, path string, into any) error {
	text, err := j.db.Do(ctx, "JSON.GET", key, path).Text()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// Merge merges a value into what is at a path.
func (j JSON) Merge(ctx context.Context, key, path string, value any) error {
	return j.write(ctx, "JSON.MERGE", key, path, value)
}

// Delete deletes what is at a path, and returns how many values that were.
func (j JSON) Delete(ctx context.Context, key, path string) (int64, error) {
	return j.db.Do(ctx, "JSON.DEL", key, path).Int64()
}

func (j JSON) write(ctx context.Context, command, key, path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = j.db.run(ctx, command, key, path, text)
	return err
}
