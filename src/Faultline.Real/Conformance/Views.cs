using System.Text.RegularExpressions;
using Faultline.Kernel.Programs;

namespace Faultline.Real.Conformance;

/// <summary>Compares what the model shows after an operation with what a kernel showed.</summary>
public static partial class Views
{
    private const char Separator = ';';

    /// <summary>
    /// What of a kernel's line the model has too. Left out are: the results of faults (they follow from the rest of the line); a huge fault in a
    /// mapping that has no room for a huge page, which every first fault under an empty page table is (the model goes straight to the page); and
    /// that a huge fault which falls back is taken twice where it is first tried under the VMA's lock (v6.4 on).
    /// </summary>
    /// <param name="line">The kernel's line.</param>
    /// <param name="program">The test.</param>
    /// <param name="operation">Which operation of it.</param>
    public static string Comparable(string line, UserProgram program, int operation)
    {
        string[] parts = line.Split(Separator, 3);
        bool huge = IsHuge(program, operation);
        string events = IsCopy(program, operation) ? FellBack().Replace(parts[1], "") : huge ? FellBackTwice().Replace(parts[1], "M ") : BeyondEnd().Replace(FellBack().Replace(parts[1], ""), "P ");
        return string.Join(Separator, parts[0], Results().Replace(events, "") + Layout().Replace(Separator + parts[2], "$1:"));
    }

    // What of the model's line is compared.
    private static string Expected(string line, UserProgram program, int operation) =>
        IsCopy(program, operation) ? line.Replace(";M P ", ";P ", StringComparison.Ordinal) : line;

    // A private store to a huge mapping: the kernel tries a huge page or not, depending on which lock it first had, and always falls back.
    private static bool IsCopy(UserProgram program, int operation)
    {
        Instruction i = program.Threads[0].Code[operation];
        return IsHuge(program, operation) && i.Opcode == Opcode.Store && !program.Maps[i.Object].Shared;
    }

    private static bool IsHuge(UserProgram program, int operation)
    {
        Instruction i = program.Threads[0].Code[operation];
        return i.Opcode is Opcode.Load or Opcode.Store && program.Maps[i.Object].Alignment != Alignment.BasePages;
    }

    /// <summary>The first operation after which they differ; -1: none.</summary>
    /// <param name="program">The test.</param>
    /// <param name="model">The model's lines.</param>
    /// <param name="kernel">The kernel's lines.</param>
    public static int FirstDifference(UserProgram program, IReadOnlyList<string> model, IReadOnlyList<string> kernel)
    {
        for (int i = 0; i < Math.Max(model.Count, kernel.Count); i++)
        {
            if (i >= model.Count || i >= kernel.Count || Expected(model[i], program, i) != Comparable(kernel[i], program, i))
            {
                return i;
            }
        }

        return -1;
    }

    [GeneratedRegex(@"(?<=;)(\d+)[+-]+:")]
    private static partial Regex Layout();

    [GeneratedRegex(@"M:FALLBACK ")]
    private static partial Regex FellBack();

    [GeneratedRegex(@"(M:FALLBACK ){2}")]
    private static partial Regex FellBackTwice();

    [GeneratedRegex(@"M:SIGBUS ")]
    private static partial Regex BeyondEnd();

    [GeneratedRegex(@":\S*")]
    private static partial Regex Results();
}
