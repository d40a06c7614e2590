using System.Buffers;
using System.Text;
using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses litmus tests. Whatever the input, the answer is a test or a list of errors, never an exception.</summary>
public static class LitmusParser
{
    /// <summary>The longest file that is read, in bytes or UTF-16 characters.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Parses a file as it stands on disk: UTF-8, with or without a byte order mark.</summary>
    /// <param name="path">Path, for the diagnostics.</param>
    /// <param name="bytes">The file.</param>
    public static ParseResult ParseBytes(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
        {
            return Fail(path, TooLong(bytes.Length, "bytes"));
        }

        ReadOnlySpan<byte> content = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        int valid = ValidPrefix(content);
        string text = Encoding.UTF8.GetString(content[..valid]);
        if (valid == content.Length)
        {
            return Parse(path, text);
        }

        string message = $"byte 0x{content[valid]:x2} is not part of UTF-8 text; expected a text file";
        return Fail(path, new InputError(PositionAfter(text), message));
    }

    /// <summary>Parses a text.</summary>
    /// <param name="path">Path, for the diagnostics.</param>
    /// <param name="text">The text.</param>
    public static ParseResult Parse(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            return Fail(path, TooLong(text.Length, "characters"));
        }

        int nul = text.IndexOf('\0');
        return nul < 0
            ? ParseText(path, text)
            : Fail(path, new InputError(PositionAfter(text.AsSpan(0, nul)), "a NUL byte; expected a text file"));
    }

    private static ParseResult ParseText(string path, string text)
    {
        DiagnosticList diagnostics = new(path);
        LitmusTest? test = null;
        try
        {
            test = ParseTest(path, new Lexer(text), diagnostics);
        }
        catch (InputError error)
        {
            diagnostics.AddLast(error);
        }

        return new ParseResult(diagnostics.Count == 0 ? test : null, diagnostics.ToSortedList());
    }

    private static LitmusTest ParseTest(string path, Lexer lexer, DiagnosticList diagnostics)
    {
        HeaderParser header = new(lexer, diagnostics);
        header.Parse();
        TokenReader reader = new(lexer);
        Scope scope = new();
        InitialStateParser initial = new(reader, scope, diagnostics, LitmusTest.HugePagePagesOf(header.Info));
        initial.Parse();
        IReadOnlyList<ThreadBuilder> threads = new ProgramParser(reader, scope, diagnostics).Parse();
        new ProgramChecker(scope, threads, diagnostics).Check(initial.Members);
        ConditionParser conditions = new(reader, new ObservableParser(reader, scope, threads));
        IReadOnlyList<Observable> locations = conditions.ParseLocations();
        Condition condition = conditions.ParseCondition();
        return new LitmusTest(
            path, header.Name, header.Title, header.Info, scope.Files, scope.Maps, [.. threads.Select(t => t.Build())], locations, condition)
        {
            Processes = scope.Processes,
            IsMountedReadOnly = scope.MountedReadOnly is not null,
        };
    }

    private static ParseResult Fail(string path, InputError error)
    {
        DiagnosticList diagnostics = new(path);
        diagnostics.AddLast(error);
        return new ParseResult(null, diagnostics.ToSortedList());
    }

    private static InputError TooLong(int length, string unit) =>
        new(SourcePosition.Start, $"the file is too large: {length} {unit}; expected at most {MaxLength}");

    private static int ValidPrefix(ReadOnlySpan<byte> bytes)
    {
        int offset = 0;
        while (Rune.DecodeFromUtf8(bytes[offset..], out _, out int consumed) == OperationStatus.Done)
        {
            offset += consumed;
        }

        return offset;
    }

    private static SourcePosition PositionAfter(ReadOnlySpan<char> text) =>
        new(text.Count('\n') + 1, text.Length - text.LastIndexOf('\n'));
}
