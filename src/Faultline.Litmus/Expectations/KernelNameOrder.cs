namespace Faultline.Litmus.Expectations;

/// <summary>Orders names of kernel versions as people do: numbers by value, so that v4.9 stands before v4.12.</summary>
internal sealed class KernelNameOrder : IComparer<string>
{
    public static KernelNameOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        while (!left.IsEmpty && !right.IsEmpty)
        {
            int order = CompareStart(ref left, ref right);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(x, y);
    }

    /// <summary>Compares and cuts off a number, or else a character.</summary>
    private static int CompareStart(ref ReadOnlySpan<char> left, ref ReadOnlySpan<char> right)
    {
        int leftDigits = Digits(left);
        int rightDigits = Digits(right);
        if (leftDigits == 0 || rightDigits == 0)
        {
            int order = left[0].CompareTo(right[0]);
            left = left[1..];
            right = right[1..];
            return order;
        }

        ReadOnlySpan<char> leftNumber = left[..leftDigits].TrimStart('0');
        ReadOnlySpan<char> rightNumber = right[..rightDigits].TrimStart('0');
        left = left[leftDigits..];
        right = right[rightDigits..];
        return leftNumber.Length != rightNumber.Length
            ? leftNumber.Length.CompareTo(rightNumber.Length)
            : leftNumber.SequenceCompareTo(rightNumber);
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
