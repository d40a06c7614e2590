using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses a mapping: <c>mmap(f, shared, rw, sync, huge) in Q</c>, or of a part of the file: <c>mmap(f[1..3], shared, r)</c>.</summary>
internal sealed class MapParser(TokenReader reader, Scope scope, int hugePage)
{
    /// <summary>What can only be checked when the whole initial state is known.</summary>
    public List<Action> Checks { get; } = [];

    public MapDeclaration Parse(Token name)
    {
        if (!reader.TryTakeWord("mmap"))
        {
            throw reader.Unexpected("'mmap(FILE, shared|private, rw|r)'");
        }

        reader.Expect(TokenKind.LeftParen);
        int file = scope.FindFile(reader.Expect(TokenKind.Name, "the name of a file"));
        PageRange? part = reader.At(TokenKind.LeftBracket) ? new PlaceParser(reader, scope).ParseRange(Scope.Symbol.File(file), []) : null;
        reader.Expect(TokenKind.Comma);
        bool shared = ParseChoice("shared", "private");
        reader.Expect(TokenKind.Comma);
        SourcePosition protection = reader.Current.Position;
        bool writable = ParseChoice("rw", "r");
        if (shared && writable)
        {
            Checks.Add(() => CheckMount(protection, name.Text));
        }

        (bool sync, Alignment alignment) = ParseOptions(file, shared);
        reader.Expect(TokenKind.RightParen);
        return new MapDeclaration(name.Text, file, shared, writable, name.Position)
        {
            IsSync = sync,
            FirstPage = part?.First.Number ?? 0,
            MappedPages = part?.Count ?? 0,
            Alignment = alignment,
            Process = reader.TryTakeWord("in") ? ParseProcess() : Vocabulary.Main,
        };
    }

    private void CheckMount(SourcePosition position, string map)
    {
        if (scope.MountedReadOnly is not null)
        {
            throw new InputError(position, $"the filesystem is mounted read-only; expected 'r' for {Token.Clip(map)}, which is shared");
        }
    }

    /// <summary>Parses <c>, sync</c> and <c>, huge</c> or <c>, misaligned</c>, as far as they are there.</summary>
    private (bool Sync, Alignment Alignment) ParseOptions(int file, bool shared)
    {
        if (!reader.TryTake(TokenKind.Comma))
        {
            return (false, Alignment.BasePages);
        }

        RejectUnmodelled();
        bool sync = reader.AtWord("sync");
        if (!sync)
        {
            return (false, ParseAlignment(file, "'sync', 'huge' or 'misaligned'", "sync", "huge", "misaligned"));
        }

        if (!shared)
        {
            throw new InputError(reader.Current.Position, "only a shared mapping can have 'sync'; expected 'huge' or 'misaligned'");
        }

        reader.Take();
        bool aligned = reader.TryTake(TokenKind.Comma);
        return (true, aligned ? ParseAlignment(file, "'huge' or 'misaligned'", "huge", "misaligned") : Alignment.BasePages);
    }

    private Alignment ParseAlignment(int file, string expected, params string[] words)
    {
        RejectUnmodelled();
        Token word = reader.Current;
        Alignment alignment = reader.TryTakeWord("huge") ? Alignment.Huge
            : reader.TryTakeWord("misaligned") ? Alignment.Misaligned
            : throw reader.UnexpectedWord(expected, words);

        // Wherever the huge page of the addresses starts among the pages of a misaligned mapping, it must fit behind.
        int needed = alignment == Alignment.Huge ? hugePage : (2 * hugePage) - 1;
        FileDeclaration of = scope.Files[file];
        return of.PageCount >= needed
            ? alignment
            : throw new InputError(
                word.Position, $"{Token.Clip(of.Name)} has {Vocabulary.Pages(of.PageCount)}; expected a file of at least {needed} for '{word.Text}'");
    }

    private string ParseProcess()
    {
        Token process = reader.Expect(TokenKind.Name, "the name of a process");
        Checks.Add(() => scope.CheckProcess(process));
        return process.Text;
    }

    /// <summary>Takes one of two words. Returns whether it was the first.</summary>
    private bool ParseChoice(string first, string second)
    {
        RejectUnmodelled();
        bool isFirst = reader.AtWord(first);
        if (!isFirst && !reader.AtWord(second))
        {
            throw reader.UnexpectedWord($"'{first}' or '{second}'", first, second);
        }

        reader.Take();
        return isFirst;
    }

    private void RejectUnmodelled()
    {
        Token word = reader.Current;
        if (word.Kind == TokenKind.Name && Vocabulary.UnmodelledMappings.Contains(word.Text))
        {
            throw new InputError(
                word.Position, $"{word.Text} is not modelled yet; mappings are: shared or private, rw or r, then sync, then huge or misaligned");
        }
    }
}
