namespace Faultline.Litmus.Syntax;

/// <summary>Parses the columns: the row of thread names and the rows of instructions.</summary>
internal sealed class ProgramParser(TokenReader reader, Scope scope, DiagnosticList diagnostics)
{
    private readonly StatementParser statements = new(reader, scope);
    private readonly List<ThreadBuilder> columns = [];

    public IReadOnlyList<ThreadBuilder> Parse()
    {
        ParseNames();
        scope.ThreadCount = columns.Count;
        while (!AtCondition())
        {
            ParseRow();
        }

        foreach (ThreadBuilder thread in columns)
        {
            if (thread.OpenLoopError is { } error)
            {
                diagnostics.Add(error);
            }
        }

        return columns;
    }

    private bool AtCondition() =>
        reader.At(TokenKind.End) || reader.At(TokenKind.Tilde)
        || (reader.At(TokenKind.Name) && Vocabulary.ConditionStarts.Contains(reader.Current.Text));

    private void ParseNames()
    {
        do
        {
            string expected = $"P{columns.Count}";
            Token name = reader.Current;
            if (!reader.TryTakeWord(expected))
            {
                string found = columns.Count == 0 ? ", the name of the first thread" : "";
                throw new InputError(name.Position, $"expected '{expected}'{found}, found {name.Describe()}") { IsFatal = true };
            }

            columns.Add(new ThreadBuilder(name));
        }
        while (reader.TryTake(TokenKind.Bar));

        if (!reader.TryTake(TokenKind.Semicolon))
        {
            Token found = reader.Current;
            throw new InputError(found.Position, $"expected '|' or ';' after the name of a thread, found {found.Describe()}") { IsFatal = true };
        }
    }

    private void ParseRow()
    {
        int column = 0;
        bool more = true;
        while (more)
        {
            try
            {
                ParseCell(columns[column]);
                more = ParseEndOfCell(column);
            }
            catch (InputError error) when (!error.IsFatal)
            {
                diagnostics.Add(error);
                columns[column].HasErrors = true;
                more = SkipCell() && column + 1 < columns.Count;
                if (!more)
                {
                    reader.SkipTo(TokenKind.Semicolon);
                    reader.TryTake(TokenKind.Semicolon);
                }
            }

            column++;
        }
    }

    /// <summary>Skips to the end of a cell. Returns whether another cell follows.</summary>
    private bool SkipCell()
    {
        reader.SkipTo(TokenKind.Bar, TokenKind.Semicolon);
        return reader.TryTake(TokenKind.Bar);
    }

    private void ParseCell(ThreadBuilder thread)
    {
        Token first = reader.Current;
        if (first.Kind is TokenKind.Bar or TokenKind.Semicolon)
        {
            return;
        }

        if (reader.TryTake(TokenKind.RightBrace))
        {
            thread.Close(first.Position);
        }
        else if (reader.TryTakeWord("repeat"))
        {
            ParseRepeat(thread, first.Position);
        }
        else
        {
            thread.Add(statements.Parse(thread));
        }
    }

    private void ParseRepeat(ThreadBuilder thread, SourcePosition position)
    {
        int count = reader.ExpectInt("the number of repetitions", minimum: 1);
        string? variable = reader.TryTakeWord("as") ? ParseVariable(thread) : null;
        reader.Expect(TokenKind.LeftBrace, variable is null ? "'{' or 'as NAME {'" : null);
        thread.Open(count, variable, position);
    }

    private string ParseVariable(ThreadBuilder thread)
    {
        Token name = reader.Expect(TokenKind.Name, "the name of a loop variable");
        scope.CheckFree(name);
        return thread.Loops.All(l => l.Variable != name.Text)
            ? name.Text
            : throw new InputError(name.Position, $"{Token.Clip(name.Text)} is the variable of an outer loop; expected another name");
    }

    /// <summary>Takes the end of a cell. Returns whether another cell follows.</summary>
    private bool ParseEndOfCell(int column)
    {
        Token end = reader.Current;
        bool isLast = column + 1 == columns.Count;
        if (end.Kind == TokenKind.Bar && isLast)
        {
            throw new InputError(end.Position, $"this row has more cells than there are threads ({columns.Count}); expected ';'");
        }

        if (end.Kind == TokenKind.Semicolon && !isLast)
        {
            throw new InputError(end.Position, $"this row has {column + 1} of {columns.Count} cells; expected '|'");
        }

        if (end.Kind is not (TokenKind.Bar or TokenKind.Semicolon))
        {
            throw reader.Unexpected(isLast ? "';' and the next row" : "'|' and the next cell");
        }

        reader.Take();
        return !isLast;
    }
}
