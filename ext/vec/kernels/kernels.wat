;; Inner products and Hamming distances of one query with many rows, by SIMD.
;; Rows lie one after another, `stride` bytes apart, padded with zeros to a multiple of 16 bytes, those of
;; floating-point numbers of 32.
(module
  (import "vec" "memory" (memory 1 65536))

  ;; 8-bit rows and a query of 16-bit numbers: sums of 32 bits.
  ;; The query is padded as the rows are: stride numbers, two bytes each.
  ;; Two rows at a time share the loads of the query; the last one of an odd count is its own pair.
  (func (export "dotInt8") (param $query i32) (param $rows i32) (param $stride i32)
    (param $count i32) (param $out i32)
    (local $end i32) (local $q i32) (local $row_end i32) (local $other i32)
    (local $a v128) (local $b v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (local.set $row_end (i32.add (local.get $rows) (local.get $stride)))
        (local.set $other (select (local.get $row_end) (local.get $rows)
          (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))))
        (loop $column
          (local.set $low (v128.load (local.get $q)))
          (local.set $high (v128.load offset=16 (local.get $q)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.add
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $rows)) (local.get $low))
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $rows)) (local.get $high)))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.add
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $other)) (local.get $low))
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $other)) (local.get $high)))))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (local.set $other (i32.add (local.get $other) (i32.const 16)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $column (i32.lt_u (local.get $rows) (local.get $row_end))))
        (local.set $rows (local.get $other))
        (i32.store (local.get $out) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
          (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a)))))
        (if (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))
          (then (i32.store offset=4 (local.get $out) (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $b)) (i32x4.extract_lane 1 (local.get $b)))
            (i32.add (i32x4.extract_lane 2 (local.get $b)) (i32x4.extract_lane 3 (local.get $b)))))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $row))))

  ;; 4-bit rows, two numbers a byte: of each 16 bytes the low halves are the first 16 numbers and the high
  ;; ones the next. Sums are 16 times those of the numbers, for they are left in the upper half of a byte.
  ;; The query is one of 16-bit numbers, padded to a multiple of 32.
  (func (export "dotInt4") (param $query i32) (param $rows i32) (param $stride i32)
    (param $count i32) (param $out i32)
    (local $end i32) (local $q i32) (local $row_end i32) (local $other i32)
    (local $a v128) (local $b v128) (local $byte v128) (local $half v128)
    (local $q0 v128) (local $q1 v128) (local $q2 v128) (local $q3 v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (local.set $row_end (i32.add (local.get $rows) (local.get $stride)))
        (local.set $other (select (local.get $row_end) (local.get $rows)
          (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))))
        (loop $column
          (local.set $q0 (v128.load (local.get $q)))
          (local.set $q1 (v128.load offset=16 (local.get $q)))
          (local.set $q2 (v128.load offset=32 (local.get $q)))
          (local.set $q3 (v128.load offset=48 (local.get $q)))
          (local.set $byte (v128.load (local.get $rows)))
          (local.set $half (i8x16.shl (local.get $byte) (i32.const 4)))
          (local.set $byte (v128.and (local.get $byte) (v128.const i8x16
            0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.add
            (i32x4.add
              (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $half)) (local.get $q0))
              (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $half)) (local.get $q1)))
            (i32x4.add
              (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $byte)) (local.get $q2))
              (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $byte)) (local.get $q3))))))
          (local.set $byte (v128.load (local.get $other)))
          (local.set $half (i8x16.shl (local.get $byte) (i32.const 4)))
          (local.set $byte (v128.and (local.get $byte) (v128.const i8x16
            0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0 0xf0)))
          (local.set $b (i32x4.add (local.get $b) (i32x4.add
            (i32x4.add
              (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $half)) (local.get $q0))
              (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $half)) (local.get $q1)))
            (i32x4.add
              (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $byte)) (local.get $q2))
              (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $byte)) (local.get $q3))))))
          (local.set $q (i32.add (local.get $q) (i32.const 64)))
          (local.set $other (i32.add (local.get $other) (i32.const 16)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $column (i32.lt_u (local.get $rows) (local.get $row_end))))
        (local.set $rows (local.get $other))
        (i32.store (local.get $out) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
          (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a)))))
        (if (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))
          (then (i32.store offset=4 (local.get $out) (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $b)) (i32x4.extract_lane 1 (local.get $b)))
            (i32.add (i32x4.extract_lane 2 (local.get $b)) (i32x4.extract_lane 3 (local.get $b)))))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $row))))

  ;; 32-bit floating-point rows and query; stride in bytes. Four sums at a time, of two rows, for one has
  ;; to wait for itself.
  (func (export "dotFloat32") (param $query i32) (param $rows i32) (param $stride i32)
    (param $count i32) (param $out i32)
    (local $end i32) (local $q i32) (local $row_end i32) (local $other i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $a (v128.const f32x4 0 0 0 0))
        (local.set $b (v128.const f32x4 0 0 0 0))
        (local.set $c (v128.const f32x4 0 0 0 0))
        (local.set $d (v128.const f32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (local.set $row_end (i32.add (local.get $rows) (local.get $stride)))
        (local.set $other (select (local.get $row_end) (local.get $rows)
          (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))))
        (loop $column
          (local.set $low (v128.load (local.get $q)))
          (local.set $high (v128.load offset=16 (local.get $q)))
          (local.set $a (f32x4.add (local.get $a)
            (f32x4.mul (v128.load (local.get $rows)) (local.get $low))))
          (local.set $b (f32x4.add (local.get $b)
            (f32x4.mul (v128.load offset=16 (local.get $rows)) (local.get $high))))
          (local.set $c (f32x4.add (local.get $c)
            (f32x4.mul (v128.load (local.get $other)) (local.get $low))))
          (local.set $d (f32x4.add (local.get $d)
            (f32x4.mul (v128.load offset=16 (local.get $other)) (local.get $high))))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (local.set $other (i32.add (local.get $other) (i32.const 32)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 32)))
          (br_if $column (i32.lt_u (local.get $rows) (local.get $row_end))))
        (local.set $rows (local.get $other))
        (local.set $a (f32x4.add (local.get $a) (local.get $b)))
        (f32.store (local.get $out) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
          (f32.add (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))
        (if (i32.lt_u (i32.add (local.get $out) (i32.const 4)) (local.get $end))
          (then
            (local.set $c (f32x4.add (local.get $c) (local.get $d)))
            (f32.store offset=4 (local.get $out) (f32.add
              (f32.add (f32x4.extract_lane 0 (local.get $c)) (f32x4.extract_lane 1 (local.get $c)))
              (f32.add (f32x4.extract_lane 2 (local.get $c)) (f32x4.extract_lane 3 (local.get $c)))))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $row))))

  ;; Rows and query of bits: how many differ.
  (func (export "hamming") (param $query i32) (param $rows i32) (param $stride i32)
    (param $count i32) (param $out i32)
    (local $end i32) (local $q i32) (local $row_end i32) (local $a v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (local.set $row_end (i32.add (local.get $rows) (local.get $stride)))
        (loop $column
          (local.set $a (i32x4.add (local.get $a) (i32x4.extadd_pairwise_i16x8_u
            (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
              (v128.xor (v128.load (local.get $rows)) (v128.load (local.get $q))))))))
          (local.set $q (i32.add (local.get $q) (i32.const 16)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $column (i32.lt_u (local.get $rows) (local.get $row_end))))
        (i32.store (local.get $out) (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
          (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a)))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $row)))))
