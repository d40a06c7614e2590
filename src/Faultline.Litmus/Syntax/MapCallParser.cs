namespace Faultline.Litmus.Syntax;

/// <summary>Parses operations on mappings, from the parenthesis after their name on.</summary>
internal sealed class MapCallParser(TokenReader reader, Scope scope, ArgumentParser arguments)
{
    /// <summary>Parses the operation that was taken; null when it is none on a mapping.</summary>
    public Statement? TryParse(Token operation, ThreadBuilder thread)
    {
        Func<Statement>? parse = operation.Text switch
        {
            "read_direct" => () => ParseDirectRead(thread, operation.Position),
            "madvise" => () => ParseMadvise(thread, operation.Position),
            "msync" => () => new MsyncStatement(arguments.ParseMap(thread), operation.Position),
            "munmap" => () => new MunmapStatement(arguments.ParseMap(thread), operation.Position),
            "mprotect" => () => ParseMprotect(thread, operation.Position),
            "clwb" => () => ParseClwb(thread, operation.Position),
            _ => null,
        };
        if (parse is null)
        {
            return null;
        }

        reader.Expect(TokenKind.LeftParen);
        Statement statement = parse();
        reader.Expect(TokenKind.RightParen);
        return statement;
    }

    private DirectReadStatement ParseDirectRead(ThreadBuilder thread, SourcePosition start)
    {
        int map = arguments.ParseMap(thread);
        Place place = arguments.ParseWordOf(thread, map, Place.WholePage);
        reader.Expect(TokenKind.Comma);
        return new DirectReadStatement(place, reader.ExpectInt("the value that the device writes", int.MinValue), start);
    }

    private Statement ParseMadvise(ThreadBuilder thread, SourcePosition start)
    {
        int map = arguments.ParseMap(thread);
        PageIndex? page = reader.At(TokenKind.LeftBracket) ? arguments.ParsePageOf(thread, map) : null;
        reader.Expect(TokenKind.Comma, page is null ? "'[page]' or ','" : null);
        Token advice = reader.Current;
        if (reader.TryTakeWord("DONTNEED"))
        {
            return new DontNeedStatement(map, page, start);
        }

        if (!reader.TryTakeWord("HWPOISON"))
        {
            throw reader.UnexpectedWord("'DONTNEED' or 'HWPOISON'", "DONTNEED", "HWPOISON");
        }

        string name = Token.Clip(scope.Maps[map].Name);
        return page is { } one
            ? new HwPoisonStatement(map, one, start)
            : throw new InputError(advice.Position, $"one page is poisoned at a time; expected 'madvise({name}[page], HWPOISON)'");
    }

    private MprotectStatement ParseMprotect(ThreadBuilder thread, SourcePosition start)
    {
        int map = arguments.ParseMap(thread);
        reader.Expect(TokenKind.Comma);
        Token protection = reader.Current;
        bool writable = reader.TryTakeWord("rw");
        if (!writable && !reader.TryTakeWord("r"))
        {
            throw reader.UnexpectedWord("'rw' or 'r'", "rw", "r");
        }

        if (writable && scope.Maps[map].IsShared && scope.MountedReadOnly is not null)
        {
            throw new InputError(
                protection.Position, $"the filesystem is mounted read-only; expected 'r' for {Token.Clip(scope.Maps[map].Name)}, which is shared");
        }

        return new MprotectStatement(map, writable, start);
    }

    private ClwbStatement ParseClwb(ThreadBuilder thread, SourcePosition start)
    {
        int map = arguments.ParseMap(thread);
        return new ClwbStatement(arguments.ParseWordOf(thread, map, defaultWord: 0), start);
    }
}
