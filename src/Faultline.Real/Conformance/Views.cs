using System.Text.RegularExpressions;
using Faultline.Kernel.Programs;

namespace Faultline.Real.Conformance;

/// <summary>How a test of one thread went on a kernel, against the model.</summary>
/// <param name="Difference">The first operation after which they differ; -1: none.</param>
/// <param name="Allocated">The operation from which on only results and contents are compared, because blocks lie differently; -1: none.</param>
public readonly record struct Comparison(int Difference, int Allocated);

/// <summary>
/// Compares what the model shows after each operation with what a kernel showed. A line has fields separated by <c>;</c>: the result, fs_dax
/// events, each mapping's pages, and each file's size, layout and contents.
/// </summary>
public static partial class Views
{
    private const char Separator = ';';

    /// <summary>Compares all operations.</summary>
    /// <param name="program">The test.</param>
    /// <param name="model">The model's lines.</param>
    /// <param name="kernel">The kernel's lines.</param>
    public static Comparison Compare(UserProgram program, IReadOnlyList<string> model, IReadOnlyList<string> kernel)
    {
        int allocated = -1;
        for (int i = 0; i < program.Threads[0].Code.Count; i++)
        {
            if (i >= model.Count || i >= kernel.Count)
            {
                return new Comparison(i, allocated);
            }

            string here = LayoutOf(model[i]), there = LayoutOf(kernel[i]);
            bool sameHoles = allocated >= 0 || Holes(here) == Holes(there);
            allocated = allocated < 0 && here != there ? i : allocated;
            bool same = sameHoles && allocated >= 0
                ? Contents(model[i], program) == Contents(kernel[i], program)
                : WithoutLayout(model[i]) == WithoutLayout(Comparable(kernel[i], program, i));
            if (!same || !sameHoles)
            {
                return new Comparison(i, allocated);
            }
        }

        return new Comparison(-1, allocated);
    }

    /// <summary>
    /// A kernel's line without what the model passes over: every first fault under an empty page table tries a huge page, also in a mapping that
    /// has no room for one; the model goes straight to the page there.
    /// </summary>
    private static string Comparable(string line, UserProgram program, int operation)
    {
        Instruction i = program.Threads[0].Code[operation];
        if (i.Opcode is Opcode.Load or Opcode.Store && program.Maps[i.Object].Alignment != Alignment.BasePages)
        {
            return line;
        }

        string[] parts = line.Split(Separator, 3);
        return string.Join(Separator, parts[0], BeyondEnd().Replace(FellBack().Replace(parts[1], ""), "P:SIGBUS "), parts[2]);
    }

    private static string Contents(string line, UserProgram program)
    {
        string[] parts = WithoutLayout(line).Split(Separator);
        return string.Join(Separator, parts.Skip(2 + program.Maps.Count).Prepend(parts[0]));
    }

    // Which pages of the file have no block. Blocks beyond the end are the allocator's own choice.
    private static string Holes(string layout) => layout.Replace('-', '+').Replace('*', '.');

    private static string LayoutOf(string line) => string.Concat(Layout().Matches(line).Select(m => m.Groups[2].Value));

    private static string WithoutLayout(string line) => Layout().Replace(line, "$1:");

    [GeneratedRegex(@"(?<=;)(\d+)([-+.*]+):")]
    private static partial Regex Layout();

    [GeneratedRegex("M:FALLBACK ")]
    private static partial Regex FellBack();

    [GeneratedRegex("M:SIGBUS ")]
    private static partial Regex BeyondEnd();
}
