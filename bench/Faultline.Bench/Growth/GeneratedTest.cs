using System.Text;
using Faultline.Engine;
using Faultline.Kernel;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Bench.Growth;

/// <summary>
/// A litmus test of any size: one shared mapping of a file of holes; P0 stores, P1 loads, P2 punches out all
/// pages and syncs in turns, P3 calls write(2); who takes one page takes the next one with the next operation.
/// </summary>
internal static class GeneratedTest
{
    /// <summary>The kernel that the tests run on.</summary>
    public const string Kernel = "v6.12";

    /// <summary>The test as a user would write it.</summary>
    public static string Text(int threads, int operations, int pages)
    {
        string Row(Func<int, string> cell) => $" {string.Join(" | ", Enumerable.Range(0, threads).Select(cell))} ;";
        var text = new StringBuilder()
            .AppendLine($"DAX growth-{threads}-{operations}-{pages}")
            .AppendLine("{")
            .AppendLine($"  file f = [{string.Join(", ", Enumerable.Repeat("hole", pages))}];")
            .AppendLine("  map A = mmap(f, shared, rw);")
            .AppendLine("}")
            .AppendLine(Row(t => $"P{t}"));
        for (int i = 0; i < operations; i++)
        {
            text.AppendLine(Row(t => Operation(t, i, (t + i) % pages, pages)));
        }

        return text.AppendLine("exists (true)").ToString();
    }

    /// <summary>The machine that a check of the test searches, on ext4.</summary>
    public static Model Machine(int threads, int operations, int pages)
    {
        ParseResult parsed = LitmusParser.Parse("growth", Text(threads, operations, pages));
        CompileResult compiled = Compiler.Compile(
            parsed.Test ?? throw new InvalidOperationException(string.Join('\n', parsed.Diagnostics)), CompileLimits.Search);
        var program = compiled.Program ?? throw new InvalidOperationException(string.Join('\n', compiled.Diagnostics));
        return new Machine(program, KernelVersions.Find(Kernel)!, FilesystemKind.Ext4)
        {
            Reference = Checker.ReferenceOf(program, CheckOptions.Default).Value,
        };
    }

    private static string Operation(int thread, int number, int page, int pages) => thread switch
    {
        0 => $"A[{page}] = {number + 1}",
        1 => $"r{number} = A[{page}]",
        2 => number % 2 == 1 ? "fsync(f)" : pages == 1 ? "fallocate(f[0], PUNCH_HOLE)" : $"fallocate(f[0..{pages - 1}], PUNCH_HOLE)",
        _ => $"write(f[{page}], {number + 5})",
    };
}
