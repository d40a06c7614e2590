using System.Text.RegularExpressions;
using Faultline.Real.Repro;

namespace Faultline.Real.Tests.Repro;

/// <summary>A condition as C: what holds for certain, and what may hold where something is not seen.</summary>
public sealed partial class ConditionTests
{
    [Theory]
    [InlineData("exists (0:r0=1 /\\ A[0]!=2)", "s[SEEN_0_r0] == 1 && s[SEEN_A_0] != 2", "holds_for_certain(state)", "false", "true")]
    [InlineData("exists (0:r0=1 /\\ warn(insert_pfn))", "false", "s[SEEN_0_r0] == 1", "false", "true")]
    [InlineData("exists (0:r0=1 \\/ warn(insert_pfn))", "s[SEEN_0_r0] == 1", "true", "false", "true")]
    [InlineData("exists (not (warn(insert_pfn) /\\ 0:r0=1))", "!(s[SEEN_0_r0] == 1)", "true", "false", "true")]
    [InlineData("forall (not (warn(insert_pfn) \\/ 0:r0=1))", "false", "!(s[SEEN_0_r0] == 1)", "false", "true")]
    [InlineData("exists (0:r0=1 /\\ (A[0]=2 \\/ not size(f)=1))", "s[SEEN_0_r0] == 1 && (s[SEEN_A_0] == 2 || !(s[SEEN_size_f] == 1))", "holds_for_certain(state)", "false", "true")]
    [InlineData("exists (hang)", "false", "holds_for_certain(state)", "true", "true")]
    [InlineData("exists (hang \\/ sigbus(P0))", "s[SEEN_sigbus_P0] == 1", "holds_for_certain(state)", "true", "true")]
    [InlineData("forall (not hang)", "true", "holds_for_certain(state)", "false", "false")]
    [InlineData("exists (hang /\\ 0:r0=1)", "false", "holds_for_certain(state)", "false", "true")]
    [InlineData("forall (true)", "true", "holds_for_certain(state)", "true", "true")]
    public void Holds_for_certain_or_may(string condition, string certain, string perhaps, string certainInHang, string perhapsInHang)
    {
        string program = ReproProgram.Write(
            Corpus.Parse($"DAX t\n{{ file f = [block 7]; map A = mmap(f, shared, rw); }}\n P0 ;\n r0 = A[0] ;\n{condition}\n"), new ReproOptions());
        string[][] found =
        [
            .. Function().Matches(program).Select(m => new[] { m.Groups["hang"].Value, m.Groups["else"].Value.Replace("state->seen", "s", StringComparison.Ordinal) }),
        ];
        Assert.Equal([[certainInHang, certain], [perhapsInHang, perhaps]], found);
    }

    [GeneratedRegex(@"\(const struct state \*state\)\n\{\n    if \(state->hang\)\n        return (?<hang>.*);\n    return (?<else>.*);\n\}")]
    private static partial Regex Function();
}
