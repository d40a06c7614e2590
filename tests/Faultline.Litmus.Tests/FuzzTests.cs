using System.Diagnostics;
using System.Text;
using CsCheck;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>Whatever the bytes: a test or diagnostics within the text, no exception, no long wait.</summary>
public class FuzzTests
{
    private const int Inputs = 120_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes(Samples.Generic437),
        Encoding.UTF8.GetBytes(Samples.Everything),
        Encoding.UTF8.GetBytes(Samples.Operations),
        Encoding.UTF8.GetBytes(Samples.ReadOnlyMount),
        Encoding.UTF8.GetBytes(Samples.OneThread("repeat 2 as i {", "A[i] = 1", "}", "r0, r1 = read(f[1])", "madvise(B, DONTNEED)")),
    ];

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "{", "}", "[", "]", "(", ")", ",", ";", "|", "=", "!=", ".", ":", "*", "-", "~", "/\\", "\\/", "\"", "(*", "*)", "\n", " ",
            "DAX", "file", "map", "mmap", "hole", "block", "unwritten", "repeat", "as", "read", "write", "madvise", "DONTNEED", "exists",
            "forall", "locations", "not", "true", "hang", "pte", "warn", "reach", "fsync", "MAP_SYNC", "P0", "P1", "P2", "r0", "r99", "r100",
            "mount", "ro", "process", "in", "main", "Q", "sync", "huge", "misaligned", "beyond", "read_direct", "fdatasync", "msync", "ftruncate",
            "fallocate", "PUNCH_HOLE", "INSERT_RANGE", "HWPOISON", "munmap", "mprotect", "rw", "fork", "fork(P1)", "reflink", "drop_caches",
            "clwb", "sfence", "crash", "durable", "durable_size", "size", "pmd", "sigsegv", "crashed", "extent", "..", "0..3", "O_DIRECT",
            "A", "f", "i", "0", "1", "2", "63", "2147483647", "99999999999999999999", "0xffffffff", "\0", "\u00e9", "\U0001f600", "=1",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly Gen<Func<byte[], byte[]>> Mutation =
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue], Gen.Byte.Array[0, 6])
            .Select((kind, where, what, noise) => (Func<byte[], byte[]>)(text => Mutate(text, kind, where, what, noise)));

    private static readonly Gen<byte[]> Mutant =
        Gen.Select(Gen.Int[0, Seeds.Length - 1].Select(i => Seeds[i]), Mutation.Array[1, 6]).Select((seed, mutations) => mutations.Aggregate(seed, (text, m) => m(text)));

    [Fact]
    public void Mutated_tests_parse_or_tell_why_not()
    {
        int parsed = 0;
        Gen.Frequency((20, Mutant), (1, Gen.Byte.Array[0, 200])).Sample(
            bytes =>
            {
                if (Check(bytes))
                {
                    Interlocked.Increment(ref parsed);
                }
            },
            iter: Inputs,
            threads: 2);
        Assert.InRange(parsed, Inputs / 100, Inputs / 2); // Both sides of the parser were tried.
    }

    [Fact]
    public void Mutated_expectations_parse_or_tell_why_not()
    {
        byte[] seed = Encoding.UTF8.GetBytes("# c\nv4.12,v5.1+x~y ext4,xfs: Sometimes; warn(f), I6\nv4.9 xfs: Never # d\n");
        Mutation.Array[1, 4].Select(mutations => mutations.Aggregate(seed, (text, m) => m(text))).Sample(
            bytes =>
            {
                string text = Encoding.UTF8.GetString(bytes);
                ExpectedResult result = ExpectedFile.Parse("t", text);
                CheckDiagnostics(text, result.Diagnostics, result.IsSuccess);
                string written = result.File?.Write() ?? "";
                Assert.Equal(written, ExpectedFile.Parse("t", written).File?.Write());
            },
            iter: Inputs / 6,
            threads: 2);
    }

    [Fact]
    public void Large_inputs_are_fast()
    {
        const int size = LitmusParser.MaxLength - 400;
        string header = "DAX t { file f = [hole]; map A = mmap(f, shared, rw); } P0 ; ";
        Check(new string('a', size), mustFail: true);
        Check(new string('(', size), mustFail: true);
        Check(string.Concat(Enumerable.Repeat("(*", size / 2)), mustFail: true);
        Check("DAX " + new string('a', size), mustFail: true);
        Check("DAX t { file f = [" + string.Join(",", Enumerable.Repeat("hole", size / 5)) + "]; } P0 ; exists true");
        Check("DAX t { " + new string(';', size), mustFail: true);
        Check(header + new string(';', size) + " exists true");
        Check(header + string.Concat(Enumerable.Repeat("A[0]=1;", size / 7)) + " exists true");
        Check(header + string.Concat(Enumerable.Repeat("repeat 2147483647 {;", size / 20)) + " exists true", mustFail: true);
        Check(header + "A[0] = " + new string('9', size) + "; exists true", mustFail: true);
        Check(header + new string('x', size) + "(1); exists true", mustFail: true);
        Check(header + "exists " + string.Join("\\/", Enumerable.Repeat("hang", size / 6)));
        Check(header + "exists " + new string('~', size), mustFail: true);
        Check(header + string.Concat(Enumerable.Repeat("crash;", size / 6)) + " exists true", mustFail: true);
        string names = string.Join("|", Enumerable.Range(0, 40_000).Select(i => $"P{i}"));
        Check($"DAX t {{ file f = [hole]; map A = mmap(f, shared, r); }} {names};{string.Join("|", Enumerable.Range(1, 39_999).Select(i => $"fork(P{i})"))}|;exists true");
        Check($"DAX t {{}} {names};{string.Join("|", Enumerable.Range(0, 40_000).Select(i => $"fork(P{(i + 1) % 40_000})"))};exists true", mustFail: true);
        Check($"DAX t {{ {string.Concat(Enumerable.Range(0, 40_000).Select(i => $"process Q{i}=P{i};"))} }} {names};exists true");
        Check("DAX t {} " + string.Join("|", Enumerable.Range(0, 100_000).Select(i => $"P{i}")) + "; exists true");
    }

    internal static void Check(string text, bool mustFail = false)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(!mustFail || !LitmusParser.ParseBytes("t", bytes).IsSuccess, text);
        Check(bytes);
    }

    /// <summary>Returns whether the bytes are a test.</summary>
    private static bool Check(byte[] bytes)
    {
        Stopwatch watch = Stopwatch.StartNew();
        string text = Encoding.UTF8.GetString(bytes);
        ParseResult parsed = LitmusParser.ParseBytes("t", bytes);
        CheckDiagnostics(text, parsed.Diagnostics, parsed.IsSuccess);
        if (parsed.IsSuccess)
        {
            foreach (CompileLimits limits in new[] { CompileLimits.Search, new CompileLimits(8, 4096, 4096, 8192) })
            {
                CompileResult compiled = Compiler.Compile(parsed.Test, limits);
                CheckDiagnostics(text, compiled.Diagnostics, compiled.IsSuccess);
            }

            CheckRoundTrip(parsed.Test);
        }

        Assert.True(watch.Elapsed < LongestWait, $"took {watch.Elapsed}");
        return parsed.IsSuccess;
    }

    private static void CheckDiagnostics(string text, IReadOnlyList<Diagnostic> diagnostics, bool success)
    {
        Assert.Equal(success, diagnostics.Count == 0);
        string[] lines = text.TrimStart('\ufeff').Split('\n');
        foreach (Diagnostic diagnostic in diagnostics)
        {
            Assert.InRange(diagnostic.Line, 1, lines.Length);
            Assert.InRange(diagnostic.Column, 1, lines[diagnostic.Line - 1].Length + 1);
            Assert.InRange(diagnostic.Message.Length, 10, 500);
        }
    }

    private static void CheckRoundTrip(LitmusTest test)
    {
        string printed = LitmusPrinter.Print(test);
        if (printed.Length > LitmusParser.MaxLength)
        {
            return;
        }

        ParseResult again = LitmusParser.Parse("t", printed);
        Assert.True(again.IsSuccess, printed);
        Assert.Equal(printed, LitmusPrinter.Print(again.Test));
        Assert.Equal(test.Hash, again.Test.Hash);
    }

    private static byte[] Mutate(byte[] text, int kind, int where, int what, byte[] noise)
    {
        int start = where % (text.Length + 1);
        int length = Math.Min(what % 12, text.Length - start);
        ReadOnlySpan<byte> piece = text.AsSpan(start, length);
        byte[] token = Tokens[what % Tokens.Length];
        byte[] other = Seeds[what % Seeds.Length];
        return kind switch
        {
            0 => [.. text[..start], .. text[(start + length)..]],
            1 => [.. text[..start], .. piece, .. piece, .. text[(start + length)..]],
            2 => [.. text[..start], .. noise, .. text[start..]],
            3 => [.. text[..start], .. token, .. text[start..]],
            4 => [.. text[..start], .. token, .. text[(start + length)..]],
            5 => text[..start],
            6 => [.. text[..start], .. other[(what % other.Length)..]],
            7 => Swap(text, start, what % (text.Length + 1)),
            _ => SwapTokens(text, start, length),
        };
    }

    private static byte[] Swap(byte[] text, int left, int right)
    {
        byte[] copy = [.. text];
        if (left < copy.Length && right < copy.Length)
        {
            (copy[left], copy[right]) = (copy[right], copy[left]);
        }

        return copy;
    }

    /// <summary>Exchanges a piece with the one behind it.</summary>
    private static byte[] SwapTokens(byte[] text, int start, int length)
    {
        int end = Math.Min(start + 2 * length, text.Length);
        return [.. text[..start], .. text[(start + length)..end], .. text[start..(start + length)], .. text[end..]];
    }
}
