using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses operations on files, from the parenthesis after their name on.</summary>
internal sealed class FileCallParser(TokenReader reader, Scope scope, ArgumentParser arguments)
{
    private static readonly string[] Modes = [.. FallocateModes.Names.Skip(1)];

    /// <summary>Parses the operation that was taken; null when it is none on a file.</summary>
    public Statement? TryParse(Token operation, ThreadBuilder thread)
    {
        Func<Statement>? parse = operation.Text switch
        {
            "write" => () => ParseWrite(thread, operation.Position),
            "fsync" => () => new FsyncStatement(arguments.ParseFile(), IsDataOnly: false, operation.Position),
            "fdatasync" => () => new FsyncStatement(arguments.ParseFile(), IsDataOnly: true, operation.Position),
            "ftruncate" => () => ParseTruncate(operation.Position),
            "fallocate" => () => ParseFallocate(thread, operation.Position),
            "reflink" => () => ParseReflink(thread, operation.Position),
            _ => null,
        };
        if (parse is null)
        {
            return null;
        }

        bool changes = operation.Text is not ("fsync" or "fdatasync");
        if (changes && scope.MountedReadOnly is not null)
        {
            throw new InputError(operation.Position, $"the filesystem is mounted read-only; expected no {operation.Text}");
        }

        reader.Expect(TokenKind.LeftParen);
        Statement statement = parse();
        reader.Expect(TokenKind.RightParen);
        return statement;
    }

    private WriteStatement ParseWrite(ThreadBuilder thread, SourcePosition start)
    {
        Place place = arguments.ParseFilePlace(thread);
        reader.Expect(TokenKind.Comma);
        return new WriteStatement(place, arguments.ParseOperand(thread), start);
    }

    private TruncateStatement ParseTruncate(SourcePosition start)
    {
        int file = arguments.ParseFile();
        reader.Expect(TokenKind.Comma);
        SourcePosition position = reader.Current.Position;
        int size = reader.ExpectInt("the new size in pages", minimum: 0);
        FileDeclaration of = scope.Files[file];
        return size <= of.PageCount
            ? new TruncateStatement(file, size, start)
            : throw new InputError(
                position, $"{Token.Clip(of.Name)} cannot grow to {Vocabulary.Pages(size)}; expected 0..{of.PageCount}, its pages with those beyond its end");
    }

    private FallocateStatement ParseFallocate(ThreadBuilder thread, SourcePosition start)
    {
        (int file, PageRange pages) = arguments.ParseFileRange(thread);
        FallocateMode mode = FallocateMode.Allocate;
        if (reader.TryTake(TokenKind.Comma))
        {
            int index = Array.IndexOf(Modes, reader.Current.Text);
            if (index < 0)
            {
                throw reader.UnexpectedWord($"one of: {Vocabulary.List(Modes)}", Modes);
            }

            reader.Take();
            mode = (FallocateMode)(index + 1);
        }

        return new FallocateStatement(file, pages, mode, start);
    }

    private ReflinkStatement ParseReflink(ThreadBuilder thread, SourcePosition start)
    {
        (int source, PageRange from) = arguments.ParseFileRange(thread);
        reader.Expect(TokenKind.Comma);
        SourcePosition position = reader.Current.Position;
        (int target, PageRange to) = arguments.ParseFileRange(thread);
        if (to.Count != from.Count)
        {
            string lengths = $"the target has {Vocabulary.Pages(to.Count)}, the source {Vocabulary.Pages(from.Count)}";
            throw new InputError(position, $"{lengths}; expected ranges of one length");
        }

        bool overlap = source == target && FirstPage(from) <= LastPage(to, thread) && FirstPage(to) <= LastPage(from, thread);
        return overlap
            ? throw new InputError(position, $"source and target overlap; expected different pages of {Token.Clip(scope.Files[target].Name)}")
            : new ReflinkStatement(source, from, target, to, start);
    }

    private static int FirstPage(PageRange range) => range.First.Variable is null ? range.First.Number : 0;

    private static int LastPage(PageRange range, ThreadBuilder thread) => range.First.Variable is { } variable
        ? thread.Loops.First(l => l.Variable == variable).Count - 1
        : range.First.Number + range.Count - 1;
}
