using System.Globalization;
using System.Text.RegularExpressions;

namespace Faultline.Real.Force;

/// <summary>The functions of a running kernel, from its /proc/kallsyms.</summary>
public sealed partial class Symbols
{
    private readonly Dictionary<string, ulong> byName = [];
    private readonly List<(ulong Address, string Name)> byAddress = [];

    /// <summary>Reads the text of /proc/kallsyms. What the compiler made of a static function (<c>.isra.0</c>) counts as it; parts of one do not.</summary>
    public Symbols(string text)
    {
        var several = new HashSet<string>();
        foreach (Match m in Line().Matches(text))
        {
            string name = m.Groups["name"].Value;
            ulong address = ulong.Parse(m.Groups["address"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            byAddress.Add((address, name + m.Groups["suffix"].Value));
            if (!byName.TryAdd(name, address) && byName[name] != address)
            {
                several.Add(name);
            }
        }

        several.ToList().ForEach(name => byName.Remove(name)); // which of them is meant nobody knows
        byAddress.Sort();
    }

    /// <summary>Whether the kernel has one function of that name that is not inlined everywhere.</summary>
    public bool Has(string function) => byName.ContainsKey(function);

    /// <summary>Where it begins.</summary>
    public ulong AddressOf(string function) => byName[function];

    /// <summary>An address as <c>function+0x12</c>.</summary>
    public string Describe(ulong address)
    {
        int at = byAddress.BinarySearch((address, "\uffff"));
        at = at < 0 ? ~at - 1 : at;
        return at < 0 || address < 0xffff000000000000 ? "user space" : $"{byAddress[at].Name}+0x{address - byAddress[at].Address:x}";
    }

    [GeneratedRegex(@"^(?<address>[0-9a-f]{16}) [tT] (?<name>[A-Za-z_][A-Za-z0-9_]*)(?<suffix>(?:\.(?:isra|constprop)\.\d+)*)(?=[\t\r\n])", RegexOptions.Multiline)]
    private static partial Regex Line();
}
