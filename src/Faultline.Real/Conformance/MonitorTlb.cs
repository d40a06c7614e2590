using System.Globalization;
using System.Text.RegularExpressions;

namespace Faultline.Real.Conformance;

/// <summary>What QEMU's monitor says of a CPU's page tables (<c>info tlb</c>).</summary>
public sealed partial class MonitorTlb
{
    private const ulong Huge = 2 << 20, Small = 1 << 12;
    private readonly Dictionary<ulong, string> pages = [];

    /// <summary>Reads its text: lines such as <c>00007f0000000000: 0000000020200000 --PDA--UW</c>.</summary>
    public MonitorTlb(string text)
    {
        foreach (Match m in Line().Matches(text))
        {
            pages[ulong.Parse(m.Groups["address"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)] = m.Groups["flags"].Value;
        }
    }

    /// <summary>A page in the agent's words, without what class it is of: <c>.</c>, or <c>p</c> and <c>h</c> huge, <c>w</c> writable, <c>d</c> dirty.</summary>
    public string Page(ulong address) =>
        pages.TryGetValue(address & ~(Huge - 1), out string? huge) && huge.Contains('P', StringComparison.Ordinal) ? $"ph{Of(huge)}"
        : pages.TryGetValue(address & ~(Small - 1), out string? small) ? $"p{Of(small)}"
        : ".";

    /// <summary>The agent's word for a page, such as <c>b0hwd</c>, in the same words.</summary>
    public static string WithoutClass(string page) => Class().Replace(page, "p");

    private static string Of(string flags) =>
        $"{(flags.Contains('W', StringComparison.Ordinal) ? "w" : "")}{(flags.Contains('D', StringComparison.Ordinal) ? "d" : "")}";

    [GeneratedRegex(@"(?<address>[0-9a-f]{16}): [0-9a-f]{16} (?<flags>[-XGPDACTUW]{9})")]
    private static partial Regex Line();

    [GeneratedRegex(@"^(?:z|a|b\d+)")]
    private static partial Regex Class();
}
