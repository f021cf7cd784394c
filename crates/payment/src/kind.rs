//! What an item is in law.

use serde::{Deserialize, Serialize};

/// The kind of a collection item. It decides the receipt, the split and the accounts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// Phí: pays for a public service; a part may be kept (Luật 97/2015/QH13 art. 3.1, 12).
    Phi,
    /// Lệ phí: a fixed amount for an act of the state; all of it is the budget's (art. 3.2, 13).
    LePhi,
    /// Giá dịch vụ: an ordinary price, not under the fee law.
    GiaDichVu,
    /// Khoản thu: an agreed collection of a school or office.
    KhoanThu,
    /// Thu hộ: collected for somebody else and passed on.
    ThuHo,
    /// Học phí: tuition.
    HocPhi,
}

impl FeeKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Phi,
        Self::LePhi,
        Self::GiaDichVu,
        Self::KhoanThu,
        Self::ThuHo,
        Self::HocPhi,
    ];

    /// The text in the API, the files and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phi => "phi",
            Self::LePhi => "le_phi",
            Self::GiaDichVu => "gia_dich_vu",
            Self::KhoanThu => "khoan_thu",
            Self::ThuHo => "thu_ho",
            Self::HocPhi => "hoc_phi",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What people read.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Phi => "Phí",
            Self::LePhi => "Lệ phí",
            Self::GiaDichVu => "Giá dịch vụ",
            Self::KhoanThu => "Khoản thu",
            Self::ThuHo => "Thu hộ",
            Self::HocPhi => "Học phí",
        }
    }

    /// Whether it is under the fee law: then what nobody else gets is the state budget's, and each
    /// needs its biên lai.
    #[must_use]
    pub const fn is_state_fee(self) -> bool {
        matches!(self, Self::Phi | Self::LePhi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_and_only_phi_and_le_phi_are_state_fees() {
        for kind in FeeKind::ALL {
            assert_eq!(FeeKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FeeKind::parse("phí"), None);
        let state: Vec<_> = FeeKind::ALL
            .into_iter()
            .filter(|k| k.is_state_fee())
            .collect();
        assert_eq!(state, [FeeKind::Phi, FeeKind::LePhi]);
    }
}
