[inputs: ["{mix,.formatter,bench,example}.exs", "{lib,test}/**/*.{ex,exs}"]]
